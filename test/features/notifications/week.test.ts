import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Channel, createModel, type Mail, type Person } from './model.ts'
import { broken, type Seen } from './promises.ts'
import { liveThrough } from './week.ts'

// Never two mails about one conversation inside its distance, never one about what was read, never more than the budget, none within
// quiet hours, none to whoever is here.

it('a week of random talk among fifty people keeps what is promised, and everybody hears', () => {
  const { people, mails, seen, figures } = liveThrough(20_261_125)
  expect(broken(people, mails, seen)).toEqual([])
  expect(figures.messages).toBeGreaterThan(5_000)
  expect(figures.mails).toBeGreaterThan(300)
  expect(figures.mostIn24Hours).toBeLessThanOrEqual(6)
  // A day is the longest distance; a night may come on top of it.
  expect(figures.longestSilenceHours).toBeLessThanOrEqual(24 + 9 + 0.1)
})

describe('whatever happens', () => {
  const people: Person[] = [
    { id: 'ada', emailNotifications: 'ALL', quietHours: null, timeZone: 'UTC' },
    { id: 'bob', emailNotifications: 'ALL', quietHours: { from: '22:00', to: '07:00' }, timeZone: 'Europe/Berlin' },
    { id: 'eve', emailNotifications: 'MENTIONS_AND_DIRECT', quietHours: { from: '12:00', to: '13:00' }, timeZone: 'Asia/Tokyo' },
  ]
  const all = people.map(({ id }) => id)
  const channels: Channel[] = [
    { id: 'direct', kind: 'DIRECT', members: ['ada', 'bob'], level: () => 'ALL' },
    { id: 'other', kind: 'DIRECT', members: ['ada', 'eve'], level: () => 'ALL' },
    { id: 'group', kind: 'GROUP', members: all, level: () => 'ALL' },
    { id: 'public', kind: 'PUBLIC', members: all, level: () => 'MENTIONS' },
  ]
  const step = fc.record({
    what: fc.constantFrom('say', 'say', 'say', 'name', 'read', 'come', 'go'),
    who: fc.nat(2),
    where: fc.nat(3),
    later: fc.constantFrom(0, 1, 2, 3, 5, 11, 30, 61, 240, 1_441),
  })

  function play(steps: { what: string; who: number; where: number; later: number }[]) {
    const model = createModel(people, channels)
    const seen: Seen[] = []
    const mails: (Mail & { wasOnline: boolean })[] = []
    let now = Date.UTC(2026, 9, 24, 12)
    for (const { what, who, where, later } of steps) {
      const channel = channels[where]!
      const userId = channel.members[who % channel.members.length]!
      const at = new Date(now)
      if (what === 'say' || what === 'name')
        seen.push({
          userId,
          at,
          channelId: channel.id,
          readSeq: model.say(channel, userId, at, { mentioned: what === 'name' ? channel.members : [] }),
        })
      if (what === 'read') {
        model.read(channel, userId, at)
        seen.push({ userId, at, channelId: channel.id, readSeq: model.last(channel.id) })
      }
      if (what === 'come' || what === 'go') {
        if (what === 'come' || model.isOnline(userId)) seen.push({ userId, at })
        model.be(userId, what === 'come', at)
      }
      for (let minute = 0; minute < Math.max(1, later); minute++) {
        const before = model.mails.length
        model.tick(new Date(now))
        for (const mail of model.mails.slice(before)) mails.push({ ...mail, wasOnline: model.isOnline(mail.userId) })
        now += later === 0 ? 1_000 : 60_000
      }
    }
    return { mails, seen }
  }

  it('the promises are kept', () => {
    let written = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
        const { mails, seen } = play(steps)
        written += mails.length
        expect(broken(people, mails, seen)).toEqual([])
      }),
      { numRuns: 60 },
    )
    expect(written).toBeGreaterThan(100)
  })

  it('and what breaks them is found', () => {
    const at = new Date('2026-10-24T10:00:00Z')
    const mail = (minutes: number, more: object = {}) => ({
      userId: 'ada',
      at: new Date(at.getTime() + minutes * 60_000),
      about: [{ channelId: 'direct', seqs: [3] }],
      wasOnline: false,
      ...more,
    })
    const of = (mails: ReturnType<typeof mail>[], seen: Seen[] = []) => broken(people, mails, seen).length
    expect(of([mail(0), mail(10)])).toBe(0)
    expect(of([mail(0), mail(9)])).toBe(1)
    expect(of([mail(0), mail(10), mail(69)])).toBe(1)
    expect(of([mail(0), mail(9)], [{ userId: 'ada', at: new Date(at.getTime() + 60_000) }])).toBe(0)
    expect(of([mail(0)], [{ userId: 'ada', at, channelId: 'direct', readSeq: 3 }])).toBe(1)
    expect(of([mail(0, { wasOnline: true })])).toBe(1)
    expect(of([mail(720, { userId: 'bob' })])).toBe(1)
    expect(of(Array.from({ length: 7 }, (_, n) => mail(n * 60, { about: [{ channelId: `c${n}`, seqs: [1] }] })))).toBe(1)
  })
})
