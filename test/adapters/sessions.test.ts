import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/adapters/database.ts'
import { createIds } from '../../src/adapters/ids.ts'
import { createSessions } from '../../src/adapters/sessions.ts'
import type { Database } from '../../src/ports/database.ts'
import { heldClock } from '../support/clock.ts'
import { keptLog } from '../support/log.ts'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'
import { statementsDuring } from '../support/statements.ts'
import { type SessionsWorld, sessionsContract } from './contracts/sessions.ts'

let home: TestDatabase
let database: Database
let world: SessionsWorld
const ids = createIds()

beforeAll(async () => {
  home = await createDatabase()
  database = await openDatabase({ url: home.url, poolSize: 10, log: keptLog() })
})
afterAll(async () => {
  await database.close()
  await home.drop()
})
beforeEach(() => {
  const clock = heldClock()
  world = {
    clock,
    sessions: createSessions({ database, clock, ids }),
    async person(role = 'USER') {
      const id = ids()
      await database.prisma.user.create({
        data: { id, handle: `p${id.slice(-12)}`, displayName: 'Somebody', account: { create: { role } } },
      })
      return id
    },
    async deletePerson(id) {
      await database.prisma.user.update({ where: { id }, data: { deletedAt: clock.now() } })
    },
    transaction: (work) => database.prisma.$transaction(work),
  }
})

sessionsContract('sessions', () => world)

describe('sessions', () => {
  const row = async (id: string) => database.prisma.session.findUniqueOrThrow({ where: { id } })
  const minute = 60_000

  it('leave no token at rest, only its sha256', async () => {
    const { token, session } = await world.sessions.create(await world.person(), { userAgent: null, ipAddress: null })
    const kept = await row(session.id)
    expect(kept.tokenHash).toBe(createHash('sha256').update(token).digest('hex'))
    expect(JSON.stringify(kept)).not.toContain(token)
    expect(kept).toMatchObject({ userAgent: null, ipAddress: null })
  })

  it('are validated by one statement, and write their use at most once a minute', async () => {
    const { sessions, clock, person } = world
    const { token, session } = await sessions.create(await person(), { userAgent: null, ipAddress: null })
    const cost = async () => (await statementsDuring(database.pool, () => sessions.validate(token))).statements.length
    const start = clock.now()
    expect(await cost()).toBe(1)
    clock.forward(minute - 1)
    expect(await cost()).toBe(1)
    expect((await row(session.id)).lastUsedAt).toEqual(start)
    clock.forward(1)
    expect(await cost()).toBe(2)
    expect(await cost()).toBe(1)
    const { lastUsedAt, expiresAt } = await row(session.id)
    expect(lastUsedAt).toEqual(clock.now())
    expect(expiresAt).toEqual(new Date(clock.now().getTime() + 10 * 86_400_000))
  })

  it('write one use of many at once', async () => {
    const { sessions, clock, person } = world
    const { token, session } = await sessions.create(await person(), { userAgent: null, ipAddress: null })
    const version = async () =>
      (await database.pool.query<{ xmin: string }>('SELECT xmin FROM sessions WHERE id = $1', [session.id])).rows[0]?.xmin
    await database.pool.query('CREATE TABLE IF NOT EXISTS uses (id uuid)')
    await database.pool.query(`CREATE OR REPLACE FUNCTION note_use() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO uses VALUES (NEW.id); RETURN NEW; END $$`)
    await database.pool.query('CREATE OR REPLACE TRIGGER note_use AFTER UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION note_use()')
    clock.forward(minute)
    const before = await version()
    await Promise.all(Array.from({ length: 30 }, () => sessions.validate(token)))
    expect(await version()).not.toBe(before)
    const { rows } = await database.pool.query('SELECT FROM uses WHERE id = $1', [session.id])
    expect(rows).toHaveLength(1)
  })

  it('are asked about together where many come at once, and their use is written together, to each its own', async () => {
    const { sessions, clock, person } = world
    const people = await Promise.all(Array.from({ length: 20 }, () => person()))
    const made = await Promise.all(people.map((id) => sessions.create(id, { userAgent: null, ipAddress: null })))
    clock.forward(minute)
    const tokens = [...made.map(({ token }) => token), 'A'.repeat(43)]
    const { result, statements } = await statementsDuring(database.pool, () => Promise.all(tokens.map((token) => sessions.validate(token))))
    expect(result.map((viewer) => viewer?.userId ?? null)).toEqual([...people, null])
    expect(statements).toHaveLength(2)
    for (const { session } of made) expect((await row(session.id)).lastUsedAt).toEqual(clock.now())
  })

  it('whose row somebody holds open well, and are written the next time', async () => {
    const { sessions, clock, person } = world
    const { token, session } = await sessions.create(await person(), { userAgent: null, ipAddress: null })
    clock.forward(minute)
    await database.prisma.$transaction(async (within) => {
      await within.$queryRaw`SELECT FROM sessions WHERE id = ${session.id}::uuid FOR UPDATE`
      expect((await sessions.validate(token))?.sessionId).toBe(session.id)
    })
    await sessions.validate(token)
    expect((await row(session.id)).lastUsedAt).toEqual(clock.now())
  })

  it('ask one statement about many, and none about what can be no session', async () => {
    const { sessions, person } = world
    const ada = await person()
    const device = { userAgent: null, ipAddress: null }
    const made = await Promise.all(Array.from({ length: 20 }, () => sessions.create(ada, device)))
    const cost = async (work: () => Promise<unknown>) => (await statementsDuring(database.pool, work)).statements.length
    expect(await cost(() => sessions.alive(made.map(({ session }) => session.id)))).toBe(1)
    expect(await cost(() => sessions.alive(['nonsense']))).toBe(0)
    expect(await cost(() => sessions.validate('nonsense'))).toBe(0)
    expect(await cost(() => sessions.revoke(ada, 'nonsense'))).toBe(0)
  })

  it('keep what a client says of itself within bounds', async () => {
    const { sessions, person } = world
    const { session } = await sessions.create(await person(), { userAgent: `\0\ud83d${'x'.repeat(10_000)}`, ipAddress: '1'.repeat(1_000) })
    const { userAgent, ipAddress } = await row(session.id)
    expect(userAgent).toBe(`\ufffd${'x'.repeat(398)}`)
    expect(ipAddress).toBe('1'.repeat(64))
  })

  it('have ids in the order in which they began', async () => {
    const { sessions, person } = world
    const ada = await person()
    const made: string[] = []
    for (let count = 0; count < 10; count++) made.push((await sessions.create(ada, { userAgent: null, ipAddress: null })).session.id)
    expect(made).toEqual(made.toSorted())
  })

  it('go by the clock of the server alone, be it years from the machine’s', async () => {
    for (const start of ['1999-01-01T00:00:00.000Z', '2099-01-01T00:00:00.000Z']) {
      const clock = heldClock(start)
      const sessions = createSessions({ database, clock, ids })
      const { token } = await sessions.create(await world.person(), { userAgent: null, ipAddress: null })
      clock.forward(6 * 86_400_000)
      expect(await sessions.validate(token)).not.toBeNull()
      clock.forward(11 * 86_400_000)
      expect(await sessions.validate(token)).toBeNull()
    }
  })
})
