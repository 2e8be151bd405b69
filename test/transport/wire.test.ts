import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type * as ws from 'ws'
import { expect, it } from 'vitest'
import { createQueue } from '../../src/transport/lane.ts'
import { createOutflow } from '../../src/transport/outflow.ts'
import { createWire } from '../../src/transport/wire.ts'
import { messagesIn } from '../support/messages-in.ts'

/** A connection that takes what is written at once, as a socket copies it; or holds on to it, as a full one does. It remembers each write. */
function createConnection({ holds = false, outflow = createOutflow() } = {}) {
  const writes: Buffer[] = []
  const connection = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      writes.push(holds ? bytes : Buffer.from(bytes))
      if (!holds) done()
    },
  })
  const socket = { readyState: 1, OPEN: 1 }
  return { wire: createWire(socket as ws.WebSocket, connection, outflow), connection, writes, socket }
}

it('what is said to a socket in one turn goes out as one write, in order, whichever operation it is for', async () => {
  const { wire, writes } = createConnection()
  const [one, other] = [wire.lane('1', () => {}), wire.lane('"2"', () => {})]
  one.write('{"data":"a"}')
  other.write('{"data":"ü€😀"}')
  one.write(`{"data":"${'c'.repeat(200)}"}`)
  expect(writes).toHaveLength(0)
  await turn()
  expect(writes).toHaveLength(1)
  one.write('{"data":"later"}')
  wire.flush()
  expect(writes).toHaveLength(2)
  expect(await messagesIn(writes)).toEqual([
    { id: '1', type: 'next', payload: { data: 'a' } },
    { id: '"2"', type: 'next', payload: { data: 'ü€😀' } },
    { id: '1', type: 'next', payload: { data: 'c'.repeat(200) } },
    { id: '1', type: 'next', payload: { data: 'later' } },
  ])
})

it('the same answer reaches each under the id of their own operation, whatever is still held back for others', async () => {
  const outflow = createOutflow()
  const ids = ['one', 'two', 'three', 'six', 'seven', '"8"', 'ten']
  const takes = new Set(['two', 'three', 'ten'])
  const connections = ids.map((id) => createConnection({ holds: !takes.has(id), outflow }))
  for (const answer of ['{"data":"ü"}', '{"data":"another"}']) {
    for (const [place, { wire }] of connections.entries()) wire.lane(ids[place]!, () => {}).write(answer)
    await turn()
  }
  for (const [place, { writes }] of connections.entries()) {
    const told = ['ü', 'another'].slice(0, writes.length)
    expect(writes).toHaveLength(takes.has(ids[place]!) ? 2 : 1)
    expect(await messagesIn(writes)).toEqual(told.map((data) => ({ id: ids[place], type: 'next', payload: { data } })))
  }
})

it('more than can be written in a turn reaches everyone, once and in order', async () => {
  const outflow = createOutflow()
  const sockets = Array.from({ length: 1_200 }, () => {
    const { wire, writes } = createConnection({ outflow })
    return { wire, writes, lane: wire.lane('1', () => {}) }
  })
  for (const answer of ['1', '2', '3']) {
    for (const [place, { wire, lane }] of sockets.entries()) {
      lane.write(answer)
      if (place % 7 === 0) wire.flush()
      if (place % 5 === 0) lane.write(`${answer}5`)
    }
    // Only some of them have it by now.
    if (answer === '1') await turn()
  }
  for (let turns = 0; turns < 10; turns++) await turn()
  for (const [place, { writes }] of sockets.entries()) {
    const payloads = (await messagesIn(writes)).map((message) => (message as { payload: number }).payload)
    expect(payloads).toEqual(place % 5 === 0 ? [1, 15, 2, 25, 3, 35] : [1, 2, 3])
  }
})

it('nothing follows the end that a socket came to by itself', async () => {
  const { wire, connection, socket } = createConnection({ holds: true })
  const lane = wire.lane('1', () => {})
  lane.write('1')
  await turn()
  const held = connection.writableLength
  expect(held).toBeGreaterThan(0)
  socket.readyState = 2
  lane.write('2')
  await turn()
  wire.flush()
  expect(connection.writableLength).toBe(held)
})

it('much in one turn is no sign of a slow reader', async () => {
  const { wire, writes } = createConnection()
  const lane = wire.lane('1', () => {})
  let full = 0
  lane.onFull(() => full++)
  for (let n = 0; n < 100; n++) lane.write(`{"data":"${'x'.repeat(50_000)}"}`)
  await turn()
  expect(full).toBe(0)
  expect(await messagesIn(writes)).toHaveLength(100)
})

it('a reader who takes nothing holds back a megabyte, and no more is kept for them', async () => {
  const { wire } = createConnection({ holds: true })
  const lane = wire.lane('1', () => {})
  let [taken, full] = [0, 0]
  lane.onFull(() => full++)
  for (; full === 0 && taken < 1_000; taken++) {
    lane.write(`{"data":"${'x'.repeat(10_000)}"}`)
    await turn()
  }
  expect(full).toBe(1)
  expect(taken).toBeGreaterThan(95)
  expect(taken).toBeLessThan(110)
})

it('who takes nothing of what is queued for them is told apart from who takes it late', async () => {
  const queue = createQueue({ patienceMs: 50 })
  const { promise: isFull, resolve } = Promise.withResolvers<'full'>()
  queue.onFull(() => resolve('full'))
  queue.write('taken')
  const drained = queue.drained()
  expect(queue.shift()).toBe('taken')
  await drained
  queue.write('not taken')
  expect(await Promise.race([isFull, queue.drained().then(() => 'drained')])).toBe('full')
})
