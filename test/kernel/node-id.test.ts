import { expect, it } from 'vitest'
import { encodeNodeId, keyIn, parseNodeId } from '../../src/kernel/node-id.ts'

const uuid = '019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a'

it('is read back', () => {
  expect(parseNodeId(encodeNodeId('User', uuid))).toEqual({ type: 'User', key: uuid })
  expect(keyIn('User', encodeNodeId('User', uuid))).toBe(uuid)
})

it.each([
  '',
  ':',
  'x',
  uuid,
  encodeNodeId('User', 'x'),
  encodeNodeId('Session', uuid),
  encodeNodeId('User', `${uuid}\0`),
  encodeNodeId('User', uuid).repeat(20),
  '\ud800',
  `${encodeNodeId('User', uuid)}\0`,
  `${encodeNodeId('User', uuid)}=`,
  `\ud800${encodeNodeId('User', uuid)}`,
])('%j is no user', (id) => {
  expect(keyIn('User', id)).toBeNull()
})
