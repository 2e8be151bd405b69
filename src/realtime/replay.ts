import { isPersonTopic } from '../kernel/topics.ts'
import type { Feed, Happening, Head, Position } from '../ports/feed.ts'
import { decodeCursor, isBehind } from './cursor.ts'
import type { Missed } from './missed.ts'
import { inPortions } from './portion.ts'
import { revoked, signal } from './signals.ts'
import type { Out } from './streams.ts'

/** An inbox, as far as telling it the past needs it. */
export type Inbox = {
  userId: string
  /** The channels that are open. */
  channels(): string[]
  isOpen(channelId: string): boolean
  /** Opens those they came into meanwhile; false where there were none. */
  openNew(): Promise<boolean>
  /** Whether this version of their membership took them out of it, or a later one. */
  wasLeft(channelId: string, version: number): boolean
  leave(channelId: string, version: number): void
  /** They may have left and come back unheard: of a channel that is open they may see this entry and those behind it. */
  movedTo(channelId: string, from: number): void
  maySee(head: Head): boolean
  /** Asks anew how they stand where something was written behind a fence that wasn't there when it was last asked. */
  keepFences(happenings: readonly Happening[]): Promise<void>
  /** Each once. */
  isNew(head: Head): boolean
  answer(happening: Happening, cursor?: Position): Promise<string> | string
  /** False where it is nothing for them any more. */
  pass(answer: string, happening: Happening): boolean
  drained(): Promise<void>
  inTurn: Out['inTurn']
  isStopped(): boolean
}

type Needs = { feed: Pick<Feed, 'now' | 'load'>; missed: Missed; inbox: Inbox }

/** So many are read and answered before others have their turn. */
const page = 100

/** Tells an inbox what it missed, each thing once and as it is now. */
export function createReplay({ feed, missed, inbox }: Needs) {
  async function say(happening: Happening, cursor: Position): Promise<void> {
    inbox.pass(await inbox.answer(happening, cursor), happening)
  }

  /** How many of them were told. What may not be seen, or is closed by now, isn't. */
  async function tell(heads: readonly Head[], cursor?: Position): Promise<number> {
    const visible = heads.filter(inbox.maySee)
    const portion = inPortions(inbox.drained)
    let count = 0
    const tellPage = async (heads: readonly Head[]) => {
      if (inbox.isStopped()) return
      const loaded = (await feed.load(heads)).flatMap((happening) => asMissed(happening) ?? [])
      await inbox.keepFences(loaded)
      const happenings = loaded.filter(inbox.maySee)
      const answers = await Promise.all(happenings.map(async (happening) => inbox.answer(happening, cursor)))
      for (const [place, happening] of happenings.entries()) {
        const answer = answers[place]!
        if (!inbox.maySee(happening) || !inbox.pass(answer, happening)) continue
        count++
        await portion(answer)
      }
      await inbox.drained()
    }
    for (let at = 0; at < visible.length && !inbox.isStopped(); at += page) await inbox.inTurn(() => tellPage(visible.slice(at, at + page)))
    return count
  }

  /** As whoever was away is told of it; null where it is no news. */
  function asMissed(happening: Happening): Happening | null {
    const { topic, type, rows, version } = happening
    if (!isPersonTopic(topic) || !rows.membership) return inbox.isNew(happening) ? happening : null
    const { channelId, historyFrom } = rows.membership as { channelId: string; historyFrom: number }
    if (type === 'MembershipChanged') {
      inbox.movedTo(channelId, historyFrom)
      // Or else it was deleted after they came in.
      return inbox.isOpen(channelId) && inbox.isNew(happening) ? happening : null
    }
    if (!inbox.isOpen(channelId)) return revoked(channelId, version)
    inbox.leave(channelId, version)
    return null
  }

  const changesIn = (since: Position, channels: string[], people: string[]) =>
    missed({ since: since.snapshot, scope: { channels, people } })

  /** They came into a channel after it was read which they are in. */
  const isUnopened = ({ topic, type, entity, version }: Head): boolean => {
    if (!isPersonTopic(topic) || type !== 'MembershipChanged') return false
    const channelId = entity.split(':')[1]!
    return !inbox.isOpen(channelId) && !inbox.wasLeft(channelId, version)
  }

  async function resync(reason: string, until: Position) {
    await say(signal('ResyncRequired', { reason }), until)
    return { replayed: 0, until }
  }

  return {
    /** All that they missed since this cursor, or that there is no telling; and up to where. */
    async since(cursor: string): Promise<{ replayed: number; until: Position }> {
      const since = decodeCursor(cursor)
      if (!since) return resync('CURSOR_INVALID', await feed.now())
      for (;;) {
        const { heads, until } = await changesIn(since, inbox.channels(), [inbox.userId])
        if (!isBehind(since, until)) return resync('CURSOR_INVALID', until)
        if (!heads) return resync('GAP_TOO_LARGE', until)
        if (heads.some(isUnopened) && (await inbox.openNew())) continue
        return { replayed: await tell(heads, since), until }
      }
    },

    /** The same of one channel, while what happens elsewhere is being told. */
    async ofChannel(channelId: string, since: Position): Promise<Position> {
      const { heads, until } = await changesIn(since, [channelId], [])
      if (heads) await tell(heads)
      else await resync('GAP_TOO_LARGE', until)
      return until
    },
  }
}
