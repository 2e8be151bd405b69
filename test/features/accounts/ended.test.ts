import { afterAll, beforeAll, expect, it } from 'vitest'
import { sessionsEnded } from '../../../src/features/accounts/accounts.events.ts'
import { encodeNodeId } from '../../../src/kernel/node-id.ts'
import type { Viewer } from '../../../src/ports/sessions.ts'
import { type AccountsRoom, openAccountsRoom } from '../../support/accounts-room.ts'
import { tokenIn } from '../../support/people.ts'

// Other nodes hear at once of every session that ends, and of no other.

const password = 'correct horse battery'
const device = { userAgent: null, ipAddress: '203.0.113.1' }

let room: AccountsRoom
const announced: string[] = []
beforeAll(async () => {
  room = await openAccountsRoom()
  await room.bus.subscribe(sessionsEnded, (payload) => announced.push(...(payload as { sessionIds: string[] }).sessionIds))
})
afterAll(() => room.stop())

type Both = { here: Viewer; there: Viewer; email: string }

const ways: [string, (both: Both) => Promise<unknown>, (keyof Both)[]][] = [
  ['signing out', ({ here }) => room.sessions.signOut(here), ['here']],
  ['revoking one', ({ here, there }) => room.sessions.revoke(here, { sessionId: encodeNodeId('Session', there.sessionId) }), ['there']],
  ['revoking all others', ({ here }) => room.sessions.revokeOthers(here), ['there']],
  ['changing the password', ({ here }) => room.accounts.changePassword(here, { current: password, new: 'another password' }), ['there']],
  ['deleting the account', ({ here }) => room.accounts.delete(here, { password }), ['here', 'there']],
  [
    'a new password by mail',
    async ({ email }) => {
      await room.recovery.request({ email }, device)
      await room.settled()
      await room.recovery.reset({ token: tokenIn(room.sent.at(-1)), password: 'another password' }, device)
    },
    ['here', 'there'],
  ],
  ['another password in the settings', ({ email }) => room.keepAdministrator({ email, password: 'another password' }), ['here', 'there']],
  ['a wrong password', ({ here }) => room.accounts.changePassword(here, { current: 'wrong', new: 'another password' }).catch(() => {}), []],
]

it.each(ways)('%s', async (name, end, expected) => {
  const handle = name.replaceAll(' ', '-')
  const email = `${handle}@example.org`
  const { viewer: here } = await room.accounts.signUp({ handle: handle.slice(0, 30), email, password }, device)
  const { viewer: there } = await room.accounts.signIn({ login: email, password }, device)
  const both: Both = { here, there, email }
  announced.length = 0
  await end(both)
  expect(announced.toSorted()).toEqual(expected.map((which) => (both[which] as Viewer).sessionId).toSorted())
})
