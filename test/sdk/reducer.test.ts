import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageEventFragment } from '../../src/sdk/documents.ts'
import { type Action, emptyState, type InboxEvent, type InboxState, reduce } from '../../src/sdk/index.ts'
import { at, channel, membership, message, person, receipt, snapshot } from '../support/sdk-answers.ts'

// What holds of the reducer, whatever comes.

const people = ['me', 'ada', 'bob']

const begin = (...ids: string[]): InboxState => reduce(emptyState, { type: 'snapshot', now: at(0), snapshot: snapshot(...ids) })

const apply = (state: InboxState, events: readonly InboxEvent[]): InboxState =>
  events.reduce((state, event) => reduce(state, { type: 'event', event }), state)

type Step = { what: number; who: number; at: number }
const steps = fc.array(fc.record({ what: fc.nat(8), who: fc.nat(2), at: fc.nat(20) }), { minLength: 1, maxLength: 40 })

/** What a server would tell of such a history, in its order. */
function told(history: readonly Step[]): InboxEvent[] {
  const said: MessageEventFragment[] = []
  const marks: Record<string, [number, number]> = {}
  const versions: Record<string, number> = { me: 1 }
  const profiles: Record<string, number> = {}
  const gone = new Set<string>()
  let topics = 1
  const cursor = 'later'
  return history.flatMap(({ what, who, at: place }): InboxEvent[] => {
    const userId = people[who]!
    const target = said[place % Math.max(1, said.length)]
    const change = (more: Partial<MessageEventFragment>): InboxEvent[] => {
      if (!target || target.deletedAt) return []
      said[target.seq - 1] = { ...target, ...more, version: target.version + 1 }
      return [{ __typename: 'MessageChanged', cursor, channelId: 'room', message: said[target.seq - 1]! }]
    }
    if (what <= 2) {
      const replied =
        what === 2 && target ? { id: target.id, seq: target.seq, version: target.version, text: target.text, sender: target.sender } : null
      const next = message(said.length + 1, { sender: person(userId), replyTo: replied, mentions: what === 1 ? [{ id: 'me' }] : [] })
      said.push(next)
      return [{ __typename: 'MessageAdded', cursor, channelId: 'room', message: next }]
    }
    if (what === 3) return change({ text: `edited at ${place}`, editedAt: at(place) })
    if (what === 4) return change({ text: null, mentions: [], reactions: [], deletedAt: at(place) })
    if (what === 5) return change({ reactions: [{ emoji: '👍', count: 1, users: [{ id: userId }] }] })
    if (what === 6 && !gone.has(userId)) {
      const [delivered, read] = marks[userId] ?? [0, 0]
      const seq = Math.min(place, said.length)
      const next: [number, number] = [Math.max(delivered, seq), place % 2 ? Math.max(read, seq) : read]
      marks[userId] = next
      return [{ __typename: 'ReceiptUpdated', cursor, channelId: 'room', receipts: [receipt(userId, ...next)] }]
    }
    if (what === 7 && userId !== 'me') {
      const version = (versions[userId] = (versions[userId] ?? 0) + 1)
      const leaves = place % 3 === 0 && !gone.has(userId)
      if (leaves) gone.add(userId)
      else gone.delete(userId)
      if (leaves) return [{ __typename: 'MemberLeft', cursor, channelId: 'room', userId, version }]
      return [
        {
          __typename: 'MembershipChanged',
          cursor,
          channelId: 'room',
          membership: {
            ...membership(userId, version, place % 2 ? 'MODERATOR' : 'MEMBER'),
            receipt: receipt(userId, ...(marks[userId] ?? [0, 0])),
          },
        },
      ]
    }
    if (what !== 8) return []
    if (place % 2) return [{ __typename: 'UserChanged', cursor, user: person(userId, (profiles[userId] = (profiles[userId] ?? 1) + 1)) }]
    const { id, kind, name, createdAt, archivedAt } = channel('room')
    return [
      {
        __typename: 'ChannelChanged',
        cursor,
        channelId: 'room',
        channel: { ...{ id, kind, name, createdAt, archivedAt }, version: ++topics, topic: `topic ${place}` },
      },
    ]
  })
}

describe('the reducer', () => {
  it('changes nothing when an event comes again', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let state = begin('room', 'other')
        for (const event of told(history)) {
          state = reduce(state, { type: 'event', event })
          expect(reduce(state, { type: 'event', event }).view).toBe(state.view)
        }
      }),
    )
  })

  it('comes to the same, whatever of before comes again wherever', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 20 }), (history, again) => {
        const events = told(history)
        const noisy = events.flatMap((event, place) => [
          event,
          ...again.filter(([after]) => after === place).map(([, which]) => events[which % (place + 1)]!),
        ])
        expect(apply(begin('room'), noisy).view).toEqual(apply(begin('room'), events).view)
      }),
      { numRuns: 1_000 },
    )
  })

  it('moves marks forward only, and hides what is hidden', () => {
    const marks = (...given: [number, number | null][]) => {
      const events = given.map(([delivered, read]): InboxEvent => {
        const { readAt, ...mark } = receipt('ada', delivered, read ?? 0)
        const shown = { ...mark, readSeq: read, readAt: read === null ? null : readAt }
        return { __typename: 'ReceiptUpdated', cursor: 'c', channelId: 'room', receipts: [shown] }
      })
      const { deliveredSeq, deliveredAt, readSeq, readAt } = apply(begin('room'), events).view.channels.room!.receipts.ada!
      return [deliveredSeq, deliveredAt, readSeq, readAt]
    }
    expect(marks([5, 3], [4, 2])).toEqual([5, at(5), 3, at(3)])
    expect(marks([5, 3], [5, 2])).toEqual([5, at(5), 3, at(3)])
    expect(marks([5, 3], [5, 4])).toEqual([5, at(5), 4, at(4)])
    expect(marks([5, 3], [6, 3])).toEqual([6, at(6), 3, at(3)])
    expect(marks([5, 3], [6, null])).toEqual([6, at(6), null, null])
    expect(marks([5, 3], [4, null])).toEqual([5, at(5), 3, at(3)])
    expect(marks([5, null], [6, 6])).toEqual([6, at(6), 6, at(6)])
  })

  it('leaves everything that is not concerned the same object', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const before = begin('room', 'other')
        const after = apply(before, told(history))
        expect(after.view.channels.other).toBe(before.view.channels.other)
        const skipped = apply(after, [{ __typename: 'PollOpened', cursor: 'next' } as unknown as InboxEvent])
        expect(skipped.view).toBe(after.view)
        expect(skipped.cursor).toBe('next')
      }),
    )
  })

  it('counts what is unread as it would be counted from all messages', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const { messages, receipts, unread } = apply(begin('room'), told(history)).view.channels.room!
        const counted = messages.filter(
          ({ seq, senderId, deletedAt }) => seq > (receipts.me?.readSeq ?? 0) && senderId !== 'me' && !deletedAt,
        )
        expect(unread).toEqual({
          messages: counted.length,
          mentions: counted.filter(({ mentionIds }) => mentionIds.includes('me')).length,
          firstUnreadSeq: counted[0]?.seq ?? null,
        })
        expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, place) => place + 1))
      }),
    )
  })

  it('finds the place of what one says, in whichever order answer and events come', () => {
    const key = 'key'
    fc.assert(
      fc.property(fc.nat(5), fc.shuffledSubarray(['mine', 'others'], { minLength: 2 }), fc.boolean(), (before, order, answered) => {
        const said: Action = {
          type: 'said',
          message: {
            ...{ clientId: key, channelId: 'room', text: 'mine', replyToId: null, mentionIds: [] },
            createdAt: at(0),
            status: 'sending',
            failure: null,
            seq: null,
          },
        }
        const own = message(before + 1, { clientId: key, sender: person('me'), text: 'mine' })
        const accepted: Action = { type: 'accepted', channelId: 'room', clientId: key, message: { ...own, reactions: [] } }
        const events: InboxEvent[] = [...Array.from({ length: before }, (_, n) => message(n + 1)), own].map((message) => ({
          __typename: 'MessageAdded',
          cursor: 'c',
          channelId: 'room',
          message,
        }))
        let state = reduce(begin('room'), said)
        expect(state.view.channels.room!.pending).toHaveLength(1)
        if (answered && order[0] === 'mine') state = reduce(state, accepted)
        // What was said once is there once, at every moment.
        const shown = ({ view }: InboxState) =>
          [...view.channels.room!.messages, ...view.channels.room!.pending].filter(({ text }) => text === 'mine').length
        expect(shown(state)).toBe(1)
        for (const event of events) {
          state = reduce(state, { type: 'event', event })
          expect(shown(state)).toBe(1)
        }
        if (answered) state = reduce(state, accepted)
        const { messages, pending } = state.view.channels.room!
        expect(pending).toEqual([])
        expect(messages.map(({ text }) => text)).toEqual([...Array.from({ length: before }, (_, n) => `said ${n + 1}`), 'mine'])
      }),
    )
  })

  it('keeps the highest version of each notification, the newest first', () => {
    const notification = (id: string, version: number, minute: number) => ({
      ...{ id, version, kind: 'MENTION' as const, createdAt: at(minute), readAt: version > 1 ? at(minute + 1) : null },
      ...{ actor: person('ada'), channel: { id: 'room' }, message: { id: 'message 1', seq: 1 } },
    })
    const of = (id: string, version: number, minute: number): InboxEvent => ({
      ...{ __typename: version > 1 ? ('NotificationChanged' as const) : ('NotificationAdded' as const), cursor: 'c' },
      notification: notification(id, version, minute),
    })
    const state = apply(begin('room'), [of('one', 1, 1), of('two', 1, 2), of('one', 2, 3), of('one', 1, 1)])
    expect(state.view.notifications.map(({ id, version, actorId }) => [id, version, actorId])).toEqual([
      ['one', 2, 'ada'],
      ['two', 1, 'ada'],
    ])
    expect(apply(state, [of('two', 1, 2)]).view).toBe(state.view)
  })

  it('takes a page that is older than what was heard meanwhile as what it is', () => {
    const page = (messages: MessageEventFragment[]): Action => ({
      type: 'messages',
      channelId: 'room',
      page: {
        edges: messages.map((node) => ({ node: { ...node, reactions: [] } })),
        pageInfo: { hasPreviousPage: false, hasNextPage: false, startCursor: null, endCursor: null },
      },
    })
    const newest: InboxEvent = { __typename: 'MessageAdded', cursor: 'c', channelId: 'room', message: message(5) }
    const edited: InboxEvent = {
      __typename: 'MessageChanged',
      cursor: 'c',
      channelId: 'room',
      message: message(2, { version: 2, text: 'edited', editedAt: at(9) }),
    }
    const asked = reduce(apply(begin('room'), [newest]), { type: 'loading', channelId: 'room' })
    const { view, books } = reduce(apply(asked, [edited]), page([1, 2, 3, 4, 5].map((seq) => message(seq))))
    expect(view.channels.room!.messages.map(({ text }) => text)).toEqual(['said 1', 'edited', 'said 3', 'said 4', 'said 5'])
    expect(view.channels.room!.hasOlderMessages).toBe(false)
    expect(books.room!.aside).toEqual({})
  })

  it('lets go of a channel that is closed, and takes it back only for a later membership', () => {
    const closed: InboxEvent = { __typename: 'AccessRevoked', cursor: 'c', channelId: 'room', version: 3 }
    const state = apply(begin('room', 'other'), [closed])
    expect(Object.keys(state.view.channels)).toEqual(['other'])
    const late = apply(state, [
      { __typename: 'MessageAdded', cursor: 'c', channelId: 'room', message: message(1) },
      { __typename: 'MembershipChanged', cursor: 'c', channelId: 'room', membership: membership('me', 2) },
    ])
    expect(late.early).toEqual({})
    const back = apply(late, [
      { __typename: 'MembershipChanged', cursor: 'c', channelId: 'room', membership: membership('me', 4) },
      { __typename: 'MessageAdded', cursor: 'c', channelId: 'room', message: message(1) },
    ])
    expect(Object.keys(back.early)).toEqual(['room'])
    const read = reduce(back, {
      type: 'channel',
      channelId: 'room',
      channel: { ...channel('room'), membership: membership('me', 4) },
      settles: 0,
    })
    expect(read.early).toEqual({})
    expect(read.view.channels.room!.messages.map(({ text }) => text)).toEqual(['said 1'])
  })
})
