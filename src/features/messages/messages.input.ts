import { createHash } from 'node:crypto'
import { z } from 'zod'
import { line, prose, keyOf, mostAtOnce } from '../../kernel/input.ts'
import { placeIn } from './place.ts'

const text = prose(1, 8_000)
/** The place of a message; one that can't be is nowhere. */
const message = z.string().transform(placeIn)

export const sendInput = z
  .object({
    channelId: keyOf('Channel'),
    text,
    clientId: z
      .guid()
      .nullish()
      .transform((key) => key?.toLowerCase() ?? null),
    /** Undefined: it answers none. */
    replyToId: z
      .string()
      .nullish()
      .transform((id) => (id == null ? undefined : placeIn(id))),
    mentionIds: z
      .array(keyOf('User'))
      .refine((ids) => ids.length <= mostAtOnce, { error: `At most ${mostAtOnce} at once.` })
      .nullish()
      .transform((ids) => ids ?? []),
  })
  .refine(({ channelId, replyToId }) => !replyToId || replyToId.channelId === channelId, {
    path: ['replyToId'],
    error: 'Must be a message of this channel.',
    // Whatever else is wrong: all is said at once.
    when: () => true,
  })

export const editInput = z.object({ messageId: message, text, expectedVersion: z.number().nullish() })
export const messageInput = z.object({ messageId: message })

/** One emoji as Unicode recommends them for interchange, joined ones and flags included. */
const emoji = line(1, 20).refine((value) => /^\p{RGI_Emoji}$/v.test(value), { error: 'Must be one emoji.' })
export const reactionInput = z.object({ messageId: message, emoji })

/** What makes two sends with one key the same message: as it was sent, whatever became of it since. */
export function contentHash(content: { text: string; replyToSeq: number | null; mentionIds: readonly string[] }): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([content.text, content.replyToSeq, content.mentionIds.toSorted()]))
    .digest()
    .subarray(0, 16)
}
