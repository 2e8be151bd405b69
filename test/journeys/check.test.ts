import { describe, expect, it } from 'vitest'
import { check, waits } from './check.ts'
import type { Entry, Fact } from './history.ts'

// Each history breaks one promise, and the check says which. What it doesn't find here it would not find in a journey.

const at = (facts: readonly Fact[]): Entry[] => facts.map((fact, index) => ({ at: index * 10, ...fact }))

const keyOf = (seq: number) => `key ${seq}`
const textOf = (seq: number) => `text ${seq}`
const sending = (seq: number): Fact => ({ type: 'sending', key: keyOf(seq), by: 'ann', channel: 'room', text: textOf(seq) })
const acknowledged = (seq: number): Fact => ({ type: 'acknowledged', key: keyOf(seq), seq, replayed: false, node: 'a' })
const stored = (seq: number, more: Partial<Extract<Fact, { type: 'stored' }>> = {}): Fact => ({
  type: 'stored',
  channel: 'room',
  seq,
  version: 1,
  key: keyOf(seq),
  text: textOf(seq),
  ...more,
})
const got = (reader: string, seq: number, more: Partial<Extract<Fact, { type: 'got' }>> = {}): Fact => ({
  type: 'got',
  reader,
  session: 1,
  event: 'added',
  channel: 'room',
  seq,
  version: 1,
  text: textOf(seq),
  ...more,
})
const reader = (kind: 'channel' | 'inbox', person = 'bob'): Fact => ({ type: 'reader', reader: kind, kind, person, after: { room: 0 } })
const opened = (kind: 'channel' | 'inbox', session = 1): Fact => ({ type: 'opened', reader: kind, session, node: 'a' })

const said = [1, 2, 3].flatMap((seq) => [sending(seq), acknowledged(seq)])
const truth = [1, 2, 3].map((seq) => stored(seq))
const heard = (kind: 'channel' | 'inbox', seqs = [1, 2, 3]) => [reader(kind), opened(kind), ...seqs.map((seq) => got(kind, seq))]

const good = [...said, ...heard('channel'), ...heard('inbox'), ...truth]
const removedAt = (seq: number): Fact => ({ type: 'removed', person: 'bob', channel: 'room', seq })
const told = (kind: string): Fact => ({ type: 'told', reader: kind, channel: 'room', how: 'FORBIDDEN' })

describe('what holds', () => {
  const holding: Record<string, Fact[]> = {
    'all as promised': good,
    'an attempt without an answer, and another one': [{ type: 'unknown', key: keyOf(1), node: 'a', why: 'fetch failed' }, ...good],
    'an inbox that gets what it had, after connecting anew': [
      ...good,
      opened('inbox', 2),
      got('inbox', 2, { session: 2 }),
      got('inbox', 3, { session: 2 }),
    ],
    'a message that is changed, and its newest version': [
      ...said,
      ...heard('inbox'),
      { type: 'edited', channel: 'room', seq: 2, version: 2, text: 'better' },
      got('inbox', 2, { event: 'changed', version: 2, text: 'better' }),
      stored(1),
      stored(2, { version: 2, text: 'better' }),
      stored(3),
    ],
    'one who was removed, told so, and gets nothing more': [...said, ...heard('channel', [1, 2]), removedAt(2), told('channel'), ...truth],
    'one who was removed before it had got all': [...said, ...heard('channel', [1]), removedAt(2), told('channel'), ...truth],
    'a refusal of one who was removed': [
      ...good,
      { type: 'removed', person: 'ann', channel: 'room', seq: 3 },
      sending(4),
      { type: 'refused', key: keyOf(4), code: 'NOT_FOUND' },
    ],
    'a reader who waits long where that is said': [
      { type: 'limit', ms: 5, butAt: 'a' },
      ...good,
      opened('channel', 2),
      sending(4),
      acknowledged(4),
      ...['channel', 'inbox'].map((kind) => got(kind, 4)),
      stored(4),
    ],
    'a slow reader who is told so': [...good, { type: 'resync', reader: 'inbox', reason: 'SLOW_CONSUMER' }],
  }
  for (const [what, facts] of Object.entries(holding)) it(`${what} holds`, () => expect(check(at(facts))).toEqual([]))
})

describe('what does not', () => {
  const planted: [what: string, promise: string, facts: Fact[]][] = [
    ['an acknowledged message is gone', 'acknowledged is stored', [...said, sending(4), acknowledged(4), ...truth]],
    [
      'another message is where it was acknowledged',
      'acknowledged is stored',
      [sending(1), sending(2), { ...acknowledged(1), seq: 2 } as Fact, acknowledged(2), stored(1, { key: null }), stored(2)],
    ],
    ['it is stored with another text', 'acknowledged is stored', [...said, stored(1), stored(2, { text: 'other' }), stored(3)]],
    ['a reader got what is not stored', 'acknowledged is stored', [...good, got('inbox', 4)]],
    ['an edit is gone', 'acknowledged is stored', [...good, { type: 'edited', channel: 'room', seq: 2, version: 2, text: 'better' }]],
    ['a key is stored twice', 'a key once', [...said, ...truth, stored(4, { key: keyOf(3) })]],
    ['a number is missing', 'numbers are dense', [sending(1), sending(3), acknowledged(1), acknowledged(3), stored(1), stored(3)]],
    ['a number is there twice', 'numbers are dense', [...said, ...truth, stored(3, { key: null })]],
    ['a message that nobody sent', 'only what was sent', [...said, ...truth, stored(4)]],
    ['a send that was never answered', 'every send is answered', [...good, sending(4), { type: 'abandoned', key: keyOf(4) }]],
    ['a refusal of a member', 'every send is answered', [...good, sending(4), { type: 'refused', key: keyOf(4), code: 'NOT_FOUND' }]],
    ['an attempt that met silence', 'every attempt is answered', [...good, { type: 'silence', key: keyOf(1), node: 'a', ms: 12_000 }]],
    ['a send that met a bug', 'no fault is met as a bug', [...good, { type: 'unknown', key: keyOf(1), node: 'a', why: 'INTERNAL' }]],
    ['a reader that met a bug', 'no fault is met as a bug', [...good, { type: 'broken', reader: 'inbox', session: 1, why: 'INTERNAL' }]],
    ['a channel’s reader gets one again', 'no double', [...said, ...heard('channel', [1, 2, 2, 3]), ...truth]],
    [
      'the same over two connections',
      'no double',
      [...said, ...heard('channel'), opened('channel', 2), got('channel', 3, { session: 2 }), ...truth],
    ],
    ['a channel’s reader gets a later one first', 'no hole', [...said, ...heard('channel', [1, 3, 2]), ...truth]],
    ['and the earlier one after it', 'order', [...said, ...heard('channel', [1, 3, 2]), ...truth]],
    ['a channel’s reader misses one', 'nothing is missed', [...said, ...heard('channel', [1, 3]), ...truth]],
    ['a channel’s reader misses the last', 'nothing is missed', [...said, ...heard('channel', [1, 2]), ...truth]],
    ['an inbox gets one twice on one connection', 'no double', [...said, ...heard('inbox', [1, 2, 2, 3]), ...truth]],
    ['an inbox gets them out of order', 'order', [...said, ...heard('inbox', [1, 3, 2]), ...truth]],
    ['an inbox misses one', 'nothing is missed', [...said, ...heard('inbox', [1, 3]), ...truth]],
    [
      'a reader gets another text',
      'the highest version is the truth',
      [...said, ...heard('channel', [1, 2]), got('channel', 3, { text: 'other' }), ...truth],
    ],
    [
      'an inbox never hears of a change',
      'the highest version is the truth',
      [...said, ...heard('inbox'), stored(1), stored(2, { version: 2, text: 'better' }), stored(3)],
    ],
    [
      'a channel’s reader gets what followed their removal',
      'nothing after removal',
      [...said, ...heard('channel'), removedAt(2), told('channel'), ...truth],
    ],
    ['and an inbox', 'nothing after removal', [...said, ...heard('inbox'), removedAt(2), told('inbox'), ...truth]],
    ['one who was removed isn’t told', 'the end is told', [...said, ...heard('channel', [1, 2]), removedAt(2), ...truth]],
    ['a member is sent away', 'members stay', [...good, told('channel')]],
    ['a gap is not bridged', 'no gap without a reason', [...good, { type: 'resync', reader: 'inbox', reason: 'GAP_TOO_LARGE' }]],
    [
      'a reader waits too long',
      'in time',
      [
        { type: 'limit', ms: 50 },
        reader('channel'),
        opened('channel'),
        sending(1),
        acknowledged(1),
        sending(2),
        acknowledged(2),
        got('channel', 2),
        got('channel', 1),
        stored(1),
        stored(2),
        ...Array.from({ length: 5 }, () => opened('channel', 2)),
        sending(3),
        acknowledged(3),
        ...Array.from({ length: 5 }, () => opened('inbox')),
        got('channel', 3, { session: 1 }),
        stored(3),
      ],
    ],
  ]
  for (const [what, promise, facts] of planted)
    it(`${what}: ${promise}`, () => expect(check(at(facts)).map((violation) => violation.promise)).toContain(promise))
})

it('a wait begins with the acknowledgement, or with the connection where that is later', () => {
  const facts = [sending(1), acknowledged(1), opened('channel'), got('channel', 1), sending(2), acknowledged(2), got('channel', 2)]
  expect(waits(at(facts)).map(({ seq, ms }) => [seq, ms])).toEqual([
    [1, 10],
    [2, 10],
  ])
})
