import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Announcements } from './announcements.ts'
import type { ChannelsStore } from './channels.store.ts'
import type { MembersStore } from './members.store.ts'
import type { Seat } from '../../kernel/standing.ts'
import { worthSaying } from './channels.policy.ts'

type Needs = {
  store: Pick<MembersStore, 'heirs' | 'leaveAll' | 'letGo' | 'promote' | 'seatsOf'>
  channels: Pick<ChannelsStore, 'archiveEmpty' | 'holdAll'>
  announcements: Announcements
  clock: Clock
}

/**
 * When an account goes: owned channels are handed to the longest-standing moderator, else member; the last one's channel is archived.
 * Their direct channels stay, with the other alone in them. As many statements for a thousand channels as for one. See `Farewell` in
 * the room `accounts`.
 */
export function createFarewell({ store, channels, announcements, clock }: Needs) {
  return async function farewell(userId: string, within: Queries): Promise<() => void> {
    await store.letGo(userId, within)
    const ids = (await store.seatsOf(userId, within)).map(({ channelId }) => channelId)
    const seats = (await channels.holdAll(userId, ids, within)).filter((standing): standing is Seat => standing?.membership != null)

    const owned = seats.filter(({ membership }) => membership.role === 'OWNER').map(({ channel }) => channel.id)
    const heirs = await store.heirs(userId, owned, within)
    const heirOf = new Map(heirs.map((heir) => [heir.channelId, heir]))
    const spoken = seats.filter(({ channel }) => channel.kind !== 'DIRECT' && worthSaying(channel) && channel.memberCount > 1)
    const notices = await announcements.say(
      userId,
      spoken.map(({ channel: { id } }) => {
        const heir = heirOf.get(id)
        return { channelId: id, sentence: (name) => `${name} left.${heir ? ` ${heir.displayName} is an owner now.` : ''}` }
      }),
      within,
    )
    const noticeOf = new Map(notices.map((notice) => [notice.channelId, notice]))

    const promoted = await store.promote(heirs, within)
    const left = await store.leaveAll(userId, clock.now(), within)
    const archived = await channels.archiveEmpty(ids, clock.now(), within)
    const seen = new Set(seats.map(({ channel }) => channel.id))
    return () => {
      for (const membership of promoted) announcements.memberChanged(membership)
      for (const membership of left) if (seen.has(membership.channelId)) announcements.left(membership, noticeOf.get(membership.channelId))
      for (const channel of archived) announcements.changed(channel)
    }
  }
}
