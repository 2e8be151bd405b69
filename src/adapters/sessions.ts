import { createHash, randomBytes } from 'node:crypto'
import { type Adapter, Lucia, TimeSpan } from 'lucia'
import { gathered } from '../kernel/gathered.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database, Queries } from '../ports/database.ts'
import type { Ids } from '../ports/ids.ts'
import type { Device, Sessions, Viewer } from '../ports/sessions.ts'

// Lucia calls «session id» what opens a session: our token. What it calls attributes is the rest of our rows.
type SessionRow = { rowId: string; createdAt: Date; lastUsedAt: Date }
type UserRow = { role: Viewer['role'] }
type Living = SessionRow & UserRow & { userId: string }
type Use = { rowId: string; before: Date; now: Date; until: Date }

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<SessionRow, UserRow>
    DatabaseSessionAttributes: SessionRow & Partial<Device>
    DatabaseUserAttributes: UserRow
  }
}

const idle = new TimeSpan(10, 'd')
const absolute = new TimeSpan(30, 'd')
const writeUseEvery = new TimeSpan(1, 'm')

const tokenForm = /^[\w-]{43}$/
const newToken = () => randomBytes(32).toString('base64url')
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
const expiry = (createdAt: Date, usedAt: Date) =>
  new Date(Math.min(usedAt.getTime() + idle.milliseconds(), createdAt.getTime() + absolute.milliseconds()))
/** Headers are whatever a client sends: of a bounded length, and of characters that the database can hold. */
const bounded = (text: string | null | undefined, length: number) => text?.slice(0, length).replaceAll('\0', '').toWellFormed() ?? null

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function createSessions({ database, clock, ids }: { database: Database; clock: Clock; ids: Ids }): Sessions {
  const { pool, prisma } = database

  /** Who comes at once is asked about at once; see `gathered`. */
  const living = gathered(async (hashes: readonly string[]): Promise<(Living | null)[]> => {
    const { rows } = await pool.query<Living & { hash: string }>({
      name: 'sessions_living',
      text: `SELECT token_hash AS hash, sessions.id AS "rowId", sessions.created_at AS "createdAt", last_used_at AS "lastUsedAt", accounts.user_id AS "userId", role
             FROM sessions JOIN accounts USING (user_id) JOIN users ON users.id = user_id AND deleted_at IS NULL
             WHERE token_hash = ANY ($1) AND expires_at > $2`,
      values: [hashes, clock.now()],
    })
    const found = new Map(rows.map(({ hash, ...row }) => [hash, row]))
    return hashes.map((hash) => found.get(hash) ?? null)
  })

  const over = (queries: Queries) =>
    new Lucia<SessionRow, UserRow>(createAdapter({ living, queries }), {
      sessionExpiresIn: idle,
      getSessionAttributes: ({ rowId, createdAt, lastUsedAt }) => ({ rowId, createdAt, lastUsedAt }),
      getUserAttributes: ({ role }) => ({ role }),
    })
  const lucia = over(prisma)

  /**
   * The condition repeats the callers', so that of many requests at once one writes. What somebody else holds they write, or end; to
   * wait for it could be to wait for each other.
   */
  const write = gathered(async (used: readonly Use[]): Promise<null[]> => {
    await pool.query({
      name: 'sessions_used',
      text: `WITH used AS (
               SELECT s.id, u.now, u.expires_at FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) AS u(id, before, now, expires_at)
               JOIN sessions s ON s.id = u.id AND s.last_used_at = u.before FOR UPDATE OF s SKIP LOCKED
             ) UPDATE sessions SET last_used_at = used.now, expires_at = used.expires_at FROM used WHERE sessions.id = used.id`,
      values: [
        used.map(({ rowId }) => rowId),
        used.map(({ before }) => before),
        used.map(({ now }) => now),
        used.map(({ until }) => until),
      ],
    })
    return used.map(() => null)
  })

  const use = async ({ rowId, createdAt, lastUsedAt }: SessionRow, now: Date) => {
    if (now.getTime() - lastUsedAt.getTime() < writeUseEvery.milliseconds()) return
    await write({ rowId, before: lastUsedAt, now, until: expiry(createdAt, now) })
  }

  return {
    async create(userId, device, within) {
      const now = clock.now()
      const token = newToken()
      const row = { rowId: ids(), createdAt: now, lastUsedAt: now }
      await (within ? over(within) : lucia).createSession(userId, { ...row, ...device }, { sessionId: token })
      return { token, session: { id: row.rowId, userId, createdAt: now, expiresAt: expiry(now, now) } }
    },

    async validate(token) {
      if (!tokenForm.test(token)) return null
      const { session, user } = await lucia.validateSession(token)
      if (!session) return null
      await use(session, clock.now())
      return { userId: user.id, role: user.role, sessionId: session.rowId }
    },

    async alive(sessionIds) {
      const asked = sessionIds.filter((id) => uuidForm.test(id))
      if (asked.length === 0) return new Set()
      const { rows } = await pool.query<{ id: string }>(
        `SELECT sessions.id FROM sessions JOIN users ON users.id = user_id AND deleted_at IS NULL
         WHERE sessions.id = ANY ($1::uuid[]) AND expires_at > $2`,
        [asked, clock.now()],
      )
      return new Set(rows.map(({ id }) => id))
    },

    async revoke(userId, sessionId) {
      if (!uuidForm.test(sessionId)) return false
      const { count } = await prisma.session.deleteMany({ where: { id: sessionId, userId, expiresAt: { gt: clock.now() } } })
      return count > 0
    },

    async revokeAll(userId, { except = null, within = prisma }: { except?: string | null; within?: Queries } = {}) {
      const ended = await within.$queryRaw<{ id: string }[]>`
        DELETE FROM sessions WHERE user_id = ${userId}::uuid AND id IS DISTINCT FROM ${except}::uuid RETURNING id`
      return ended.map(({ id }) => id)
    },

    async purge() {
      const { count } = await prisma.session.deleteMany({ where: { expiresAt: { lte: clock.now() } } })
      return count
    },
  }
}

type AdapterNeeds = { living: (hash: string) => Promise<Living | null>; queries: Queries }

/**
 * When a session is over is decided here, by the clock of the server. Lucia goes by the machine's: it is shown living sessions
 * only, as if each had all its time before it, and so has nothing to expire and nothing to renew.
 */
function createAdapter({ living, queries }: AdapterNeeds): Adapter {
  const byRows = () => Promise.reject(new Error('Sessions end by their rows, not by their tokens.'))
  return {
    async setSession({ id: token, userId, attributes: { rowId, createdAt, lastUsedAt, userAgent, ipAddress } }) {
      await queries.session.create({
        data: {
          id: rowId,
          tokenHash: hashOf(token),
          userId,
          createdAt,
          lastUsedAt,
          expiresAt: expiry(createdAt, lastUsedAt),
          userAgent: bounded(userAgent, 400),
          ipAddress: bounded(ipAddress, 64),
        },
        select: { id: true },
      })
    },

    async getSessionAndUser(token) {
      const found = await living(hashOf(token))
      if (!found) return [null, null]
      const { userId, role, ...row } = found
      const expiresAt = new Date(Date.now() + idle.milliseconds())
      return [
        { id: token, userId, expiresAt, attributes: row },
        { id: userId, attributes: { role } },
      ]
    },

    updateSessionExpiration: byRows,
    getUserSessions: byRows,
    deleteSession: byRows,
    deleteUserSessions: byRows,
    deleteExpiredSessions: byRows,
  }
}
