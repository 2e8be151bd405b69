import { z } from 'zod'
import { keyOf, line, mostAtOnce } from '../../kernel/input.ts'
import { displayNameInput, searchInput } from '../../kernel/names.ts'

// As people's names: words one space apart, 1–80 characters.
const nameInput = displayNameInput
const topicInput = line(0, 250)
const people = (most: number) => z.array(keyOf('User')).max(most, { error: `At most ${most} at once.` })

export const openDirectInput = z.object({ userId: keyOf('User') })

export const createChannelInput = z.object({
  kind: z
    .enum(['DIRECT', 'GROUP', 'PUBLIC'])
    .refine((kind) => kind !== 'DIRECT', { error: 'A direct channel is opened with openDirectChannel.' }),
  name: nameInput,
  topic: topicInput.nullish(),
  memberIds: people(mostAtOnce).nullish(),
})

/** No topic given: as it is. Null or empty: none. A name can't be taken away. */
export const updateChannelInput = z.object({
  channelId: keyOf('Channel'),
  name: nameInput.nullish().transform((name) => name ?? undefined),
  topic: topicInput.nullish().transform((topic) => (topic === '' ? null : topic)),
})

export const archiveChannelInput = z.object({ channelId: keyOf('Channel'), archived: z.boolean() })
export const channelInput = z.object({ channelId: keyOf('Channel') })
export const addMembersInput = z.object({
  channelId: keyOf('Channel'),
  userIds: people(mostAtOnce).min(1, { error: 'Name at least one person.' }),
  withHistory: z
    .boolean()
    .nullish()
    .transform((value) => value ?? false),
})
export const memberInput = z.object({ channelId: keyOf('Channel'), userId: keyOf('User') })
export const setRoleInput = memberInput.extend({ role: z.enum(['OWNER', 'MODERATOR', 'MEMBER']) })
export const updateMembershipInput = z.object({
  channelId: keyOf('Channel'),
  notificationLevel: z
    .enum(['ALL', 'MENTIONS', 'NONE'])
    .nullish()
    .transform((level) => level ?? undefined),
  mutedUntil: z.date().nullish(),
})

export const searchArgs = z.object({ search: searchInput.nullish().transform((text) => text ?? '') })
