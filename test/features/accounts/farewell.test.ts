import { afterEach, expect, it } from 'vitest'
import { sessionsEnded } from '../../../src/features/accounts/accounts.events.ts'
import type { Farewell } from '../../../src/features/accounts/accounts.ts'
import { type AccountsRoom, openAccountsRoom } from '../../support/accounts-room.ts'

// How other rooms take part when an account goes.

const password = 'correct horse battery'
const device = { userAgent: null, ipAddress: '203.0.113.1' }

let room: AccountsRoom
afterEach(() => room.stop())

async function open(...farewells: Farewell[]) {
  room = await openAccountsRoom({ farewells })
  const { viewer } = await room.accounts.signUp({ handle: 'leaving', email: 'leaving@example.org', password }, device)
  const announced: unknown[] = []
  await room.bus.subscribe(sessionsEnded, (payload) => announced.push(payload))
  return { viewer, announced, leave: () => room.accounts.delete(viewer, { password }) }
}

it('happens in the same transaction, while the person is still there, and may go on once that is committed', async () => {
  const seen: unknown[] = []
  const { viewer, announced, leave } = await open(async (userId, within) => {
    seen.push(await within.user.findUnique({ where: { id: userId }, select: { handle: true, deletedAt: true } }))
    return async () => {
      seen.push(await room.database.prisma.user.findUnique({ where: { id: userId }, select: { handle: true } }))
    }
  })
  await leave()
  expect(seen).toEqual([{ handle: 'leaving', deletedAt: null }, { handle: '' }])
  expect(announced).toEqual([{ sessionIds: [viewer.sessionId] }])
})

it('can fail, and then nobody has left', async () => {
  const after: string[] = []
  const { viewer, announced, leave } = await open(
    async () => async () => void after.push('gone'),
    async () => {
      throw new Error('not now')
    },
  )
  await expect(leave()).rejects.toThrow('not now')
  expect(await room.sessions.list(viewer)).toHaveLength(1)
  expect(await room.accounts.signIn({ login: 'leaving', password }, device)).toMatchObject({ viewer: { userId: viewer.userId } })
  expect([after, announced]).toEqual([[], []])
})
