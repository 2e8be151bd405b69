import { describe, expect, it } from 'vitest'
import type { Queries } from '../../../src/ports/database.ts'
import type { Sessions } from '../../../src/ports/sessions.ts'

const day = 86_400_000
const phone = { userAgent: 'Phone/1.0', ipAddress: '203.0.113.7' }

export type SessionsWorld = {
  sessions: Sessions
  clock: { now(): Date; forward(ms: number): void }
  /** A person with an account; their id. */
  person(role?: 'USER' | 'ADMIN'): Promise<string>
  deletePerson(id: string): Promise<void>
  transaction<Result>(work: (within: Queries) => Promise<Result>): Promise<Result>
}

/** What sessions must do. */
export function sessionsContract(name: string, world: () => SessionsWorld): void {
  describe(`${name} as sessions`, () => {
    it('open with their token, and with nothing else', async () => {
      const { sessions, clock, person } = world()
      const [ada, bob] = [await person(), await person('ADMIN')]
      const [hers, his] = [await sessions.create(ada, phone), await sessions.create(bob, phone)]
      expect(await sessions.validate(hers.token)).toEqual({ userId: ada, role: 'USER', sessionId: hers.session.id })
      expect(await sessions.validate(his.token)).toEqual({ userId: bob, role: 'ADMIN', sessionId: his.session.id })
      expect(hers.session).toMatchObject({ userId: ada, createdAt: clock.now(), expiresAt: new Date(clock.now().getTime() + 10 * day) })
      const wrong = [
        '',
        ' ',
        hers.session.id,
        `${hers.token} `,
        hers.token.slice(1),
        hers.token.toUpperCase(),
        '\0',
        'é'.repeat(43),
        'A'.repeat(10_000),
      ]
      for (const token of [...wrong, 'A'.repeat(43)]) expect(await sessions.validate(token)).toBeNull()
    })

    it('have tokens that nobody guesses, and ids that open nothing', async () => {
      const { sessions, person } = world()
      const ada = await person()
      const made = await Promise.all(Array.from({ length: 50 }, () => sessions.create(ada, phone)))
      expect(new Set(made.map(({ token }) => token)).size).toBe(50)
      expect(new Set(made.map(({ session }) => session.id)).size).toBe(50)
      for (const { token, session } of made) {
        expect(Buffer.from(token, 'base64url')).toHaveLength(32)
        expect(token).not.toContain(session.id)
      }
    })

    it('end 10 days after their last use', async () => {
      const { sessions, clock, person } = world()
      const ada = await person()
      const { token, session } = await sessions.create(ada, phone)
      clock.forward(9 * day)
      expect(await sessions.validate(token)).not.toBeNull()
      clock.forward(10 * day - 1)
      expect(await sessions.alive([session.id])).toEqual(new Set([session.id]))
      clock.forward(1)
      expect(await sessions.alive([session.id])).toEqual(new Set())
      expect(await sessions.validate(token)).toBeNull()
    })

    it('end 30 days after their beginning, however much they are used', async () => {
      const { sessions, clock, person } = world()
      const { token } = await sessions.create(await person(), phone)
      for (let count = 0; count < 5; count++) {
        clock.forward(5 * day)
        expect(await sessions.validate(token)).not.toBeNull()
      }
      clock.forward(5 * day - 1)
      expect(await sessions.validate(token)).not.toBeNull()
      clock.forward(1)
      expect(await sessions.validate(token)).toBeNull()
    })

    it('are not used by asking whether they are alive', async () => {
      const { sessions, clock, person } = world()
      const { token, session } = await sessions.create(await person(), phone)
      clock.forward(9 * day)
      await sessions.alive([session.id])
      clock.forward(2 * day)
      expect(await sessions.validate(token)).toBeNull()
    })

    it('are alive or not, many at once, whatever is asked for', async () => {
      const { sessions, person } = world()
      const [ada, bob] = [await person(), await person()]
      const [one, two, three] = [await sessions.create(ada, phone), await sessions.create(ada, phone), await sessions.create(bob, phone)]
      await sessions.revoke(ada, two.session.id)
      const ids = [one.session.id, two.session.id, three.session.id, crypto.randomUUID(), 'nonsense', '']
      expect(await sessions.alive(ids)).toEqual(new Set([one.session.id, three.session.id]))
      expect(await sessions.alive([])).toEqual(new Set())
    })

    it('end with the account', async () => {
      const { sessions, person, deletePerson } = world()
      const ada = await person()
      const { token, session } = await sessions.create(ada, phone)
      await deletePerson(ada)
      expect(await sessions.validate(token)).toBeNull()
      expect(await sessions.alive([session.id])).toEqual(new Set())
    })

    it('are revoked by their person only, and once', async () => {
      const { sessions, person, clock } = world()
      const [ada, bob] = [await person(), await person()]
      const { token, session } = await sessions.create(ada, phone)
      for (const [who, id] of [
        [bob, session.id],
        [ada, crypto.randomUUID()],
        [ada, 'nonsense'],
        [ada, token],
      ] as const)
        expect(await sessions.revoke(who, id)).toBe(false)
      expect(await sessions.validate(token)).not.toBeNull()
      expect(await sessions.revoke(ada, session.id)).toBe(true)
      expect(await sessions.validate(token)).toBeNull()
      expect(await sessions.revoke(ada, session.id)).toBe(false)

      const over = await sessions.create(ada, phone)
      clock.forward(11 * day)
      expect(await sessions.revoke(ada, over.session.id)).toBe(false)
    })

    it('are all revoked, or all but one', async () => {
      const { sessions, person } = world()
      const [ada, bob] = [await person(), await person()]
      const made = [await sessions.create(ada, phone), await sessions.create(ada, phone), await sessions.create(ada, phone)]
      const his = await sessions.create(bob, phone)
      const ids = made.map(({ session }) => session.id)
      expect(new Set(await sessions.revokeAll(ada, { except: ids[1] }))).toEqual(new Set([ids[0], ids[2]]))
      expect(await sessions.alive([...ids, his.session.id])).toEqual(new Set([ids[1], his.session.id]))
      expect(await sessions.revokeAll(ada)).toEqual([ids[1]])
      expect(await sessions.revokeAll(ada)).toEqual([])
      expect(await sessions.validate(his.token)).not.toBeNull()
    })

    it('begin and end with the transaction of their caller', async () => {
      const { sessions, person, transaction } = world()
      const ada = await person()
      const before = await sessions.create(ada, phone)
      let undone = before
      await expect(
        transaction(async (within) => {
          await sessions.revokeAll(ada, { within })
          undone = await sessions.create(ada, phone, within)
          throw new Error('and back')
        }),
      ).rejects.toThrow('and back')
      expect(await sessions.validate(before.token)).not.toBeNull()
      expect(await sessions.validate(undone.token)).toBeNull()
      const kept = await transaction(async (within) => {
        await sessions.revokeAll(ada, { within })
        return sessions.create(ada, phone, within)
      })
      expect(await sessions.validate(before.token)).toBeNull()
      expect(await sessions.validate(kept.token)).toMatchObject({ userId: ada, sessionId: kept.session.id })
    })

    it('are purged when they are over, and not before', async () => {
      const { sessions, clock, person } = world()
      clock.forward(100 * day)
      await sessions.purge()
      const ada = await person()
      await sessions.create(ada, phone)
      await sessions.create(ada, phone)
      clock.forward(5 * day)
      const { token } = await sessions.create(ada, phone)
      clock.forward(5 * day)
      expect(await sessions.purge()).toBe(2)
      expect(await sessions.purge()).toBe(0)
      expect(await sessions.validate(token)).not.toBeNull()
    })
  })
}
