import type { Notification } from '../../generated/prisma/client.ts'
import { Forbidden, NotFound } from '../../kernel/errors.ts'
import { parseInput, placesIn } from '../../kernel/input.ts'
import { keyIn } from '../../kernel/node-id.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { momentIn, partsOf } from '../../kernel/moment.ts'
import { tellPeople } from './added.ts'
import { type Decision, decide } from './decide.ts'
import { type FactsStore, stateOf } from './facts.store.ts'
import type { MailPolicy } from './mail-times.ts'
import { markNotificationsReadInput } from './notifications.input.ts'
import type { NotificationsStore } from './notifications.store.ts'

type Needs = {
  store: NotificationsStore
  facts: Pick<FactsStore, 'of'>
  register: Pick<PresenceRegister, 'at'>
  bus: Pick<Bus, 'publish'>
  clock: Clock
  policy: MailPolicy
}

/** Nobody looks further back: the messages stay, and what is unread is counted without the list. */
const keptMs = 90 * 86_400_000
const purgedAtOnce = 1_000
/** A million an hour. */
const mostPortions = 1_000

export type Listed = Connection<Notification> & { totalCount(): Promise<number> }

/** Everyone's own list of notifications; and for administrators, why somebody was or wasn't notified. */
export function createNotifications({ store, facts, register, bus, clock, policy }: Needs) {
  return {
    /** The viewer's own, the newest first. */
    async mine({ userId }: Viewer, args: PageArgs & { unreadOnly?: boolean | null }): Promise<Listed> {
      const page = pageOf(args, momentIn)
      const unreadOnly = args.unreadOnly ?? false
      const rows = await store.page(userId, unreadOnly, page)
      const connection = connectionOf(page, rows, ({ createdAt, id }) => partsOf({ at: createdAt, id }))
      return { ...connection, totalCount: () => store.count(userId, unreadOnly) }
    },

    /** In the order of the ids; null for what isn't the viewer's. */
    async at({ userId }: Viewer, ids: readonly string[]): Promise<(Notification | null)[]> {
      const found = new Map((await store.at(userId, ids)).map((row) => [row.id, row]))
      return ids.map((id) => found.get(id) ?? null)
    },

    /** How many are unread then. */
    async markRead({ userId }: Viewer, input: unknown): Promise<{ unread: number }> {
      const { ids } = parseInput(markNotificationsReadInput, input)
      const wanted = ids ? [...new Set(ids)] : null
      const known = new Set((wanted ? await store.at(userId, wanted) : []).map(({ id }) => id))
      const unknown = placesIn('input.ids', ids ?? [], (id) => !known.has(id))
      if (unknown) throw new NotFound(`${unknown}: There is no such notification.`)
      if (wanted?.length !== 0) tellPeople(bus, 'NotificationChanged', await store.read(userId, wanted, clock.now()))
      return { unread: await store.count(userId, true) }
    },

    /** For an hourly call: in portions, so that nobody waits for long for a row of theirs. How many are gone. */
    async purge(): Promise<number> {
      const before = new Date(clock.now().getTime() - keptMs)
      let gone = 0
      for (let portion = 0; portion < mostPortions; portion++) {
        const count = await store.purge(before, purgedAtOnce)
        gone += count
        if (count < purgedAtOnce) break
      }
      return gone
    },

    /** What would be decided about a message for somebody now, and why; null where there is no such message, or nobody of that id. */
    async decision(viewer: Viewer, args: { messageId: string; userId: string }): Promise<Decision | null> {
      if (viewer.role !== 'ADMIN') throw new Forbidden('Only administrators of the server see why somebody was notified.')
      const [channelId, seq] = keyIn('Message', args.messageId)?.split(':') ?? []
      const userId = keyIn('User', args.userId)
      if (!channelId || !userId) return null
      const [found] = await facts.of([{ channelId, seq: Number(seq), userId }])
      if (!found) return null
      const [presence] = await register.at([userId])
      return decide(found.message, found.recipient, stateOf(found, presence!, clock.now(), policy))
    },
  }
}

export type Notifications = ReturnType<typeof createNotifications>
