import fc from 'fast-check'
import { ends } from './channels.ts'
import type { Person } from './people.ts'
import { idAt } from './talk.ts'

/** Who does which of the things below, to which message. */
export type Step = { what: number; who: number; at: number }

export const steps = fc.array(
  fc.record({ what: fc.integer({ min: 0, max: 15 }), who: fc.integer({ min: 0, max: 2 }), at: fc.integer({ min: 1, max: 12 }) }),
  { minLength: 5, maxLength: 25 },
)

/** A channel of three, the first of them its owner, and the direct channel of the first two. */
export type Places = { group: string; direct: string }

/** One after the other, whatever is refused of it. The last of the people comes and goes. */
export async function happen(
  { group: id, direct }: Places,
  people: readonly [Person, Person, Person],
  happened: readonly Step[],
): Promise<void> {
  const [ada, bob, eve] = people
  for (const [n, { what, who, at }] of happened.entries()) {
    const person = people[who]!
    const messageId = idAt(id, at)
    await [
      () => ends(person, 'sendMessage', { channelId: id, text: `said ${n}` }),
      () => ends(person, 'sendMessage', { channelId: id, text: `said ${n} @${bob.handle}` }),
      () => ends(person, 'editMessage', { messageId, text: `edited ${n}` }),
      () => ends(person, 'deleteMessage', { messageId }),
      () => ends(person, 'addReaction', { messageId, emoji: '👍' }),
      () => ends(person, 'removeReaction', { messageId, emoji: '👍' }),
      () => ends(person, 'markRead', { channelId: id, seq: at }),
      () => ends(person, 'markDelivered', { positions: [{ channelId: id, seq: at }] }),
      () => ends(person, 'markUnread', { channelId: id, fromSeq: at }),
      () => ends(person, 'updateChannel', { channelId: id, topic: `topic ${n}` }),
      () => ends(person, 'updateProfile', { displayName: `Name ${n}` }),
      () =>
        n % 2
          ? ends(ada, 'removeMember', { channelId: id, userId: eve.id })
          : ends(ada, 'addMembers', { channelId: id, userIds: [eve.id] }),
      () => ends(ada, 'sendMessage', { channelId: direct, text: `direct ${n}` }),
      () => ends(bob, 'markRead', { channelId: direct, seq: Math.ceil(at / 4) }),
      () => ends(ada, 'deleteMessage', { messageId: idAt(direct, Math.ceil(at / 3)) }),
      () =>
        n % 2
          ? ends(bob, 'markNotificationsRead', {})
          : ends(ada, 'createChannel', { kind: 'GROUP', name: `channel ${n}`, memberIds: [bob.id] }),
    ][what]!()
  }
}
