import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type * as ws from 'ws'
import { expect, it, onTestFinished } from 'vitest'
import { descriptorOf } from '../../src/transport/descriptor.ts'
import { framed } from '../../src/transport/frame.ts'
import { createOutflow } from '../../src/transport/outflow.ts'
import { createWire } from '../../src/transport/wire.ts'
import { makeDirectory } from '../support/directory.ts'
import { messagesIn } from '../support/messages-in.ts'

/** Two ends of a real connection; nobody reads at the other one until it is asked to. */
async function createSockets() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reader = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  const [[connection]] = (await Promise.all([once(server, 'connection'), once(reader, 'connect')])) as unknown as [[Socket]]
  onTestFinished(() => {
    reader.destroy()
    connection.destroy()
    server.close()
  })
  return { wire: createWire({ readyState: 1, OPEN: 1 } as ws.WebSocket, connection, createOutflow()), connection, reader }
}

it.for([{ before: [] }, { before: ['a', 'b'] }])(
  'what the system takes only in part reaches a reader who wakes up, whole, once and in order, after $before',
  async ({ before }) => {
    const { wire, connection, reader } = await createSockets()
    const lane = wire.lane('1', () => {})
    const long = 'x'.repeat(30_000_000)
    for (const payload of [...before, long]) lane.write(JSON.stringify(payload))
    await turn()
    expect(connection.writableLength).toBeGreaterThan(0)
    expect(connection.writableLength, 'a part has gone').toBeLessThan(long.length)
    const received: Buffer[] = []
    reader.on('data', (bytes: Buffer) => received.push(bytes))
    while (connection.writableLength > 0) await turn()
    lane.write('"later"')
    await turn()
    connection.end()
    await once(reader, 'end')
    expect(await messagesIn(received)).toEqual([...before, long, 'later'].map((payload) => ({ id: '1', type: 'next', payload })))
  },
)

it('answers go past the stream, but for one that encrypts', async () => {
  const { wire, connection, reader } = await createSockets()
  wire.lane('1', () => {}).write('1')
  await Promise.all([once(reader, 'data'), turn()])
  expect(connection.bytesWritten).toBe(0)
  expect(descriptorOf(connection)).toBeGreaterThan(0)
  expect(descriptorOf(new TLSSocket(connection))).toBe(-1)
})

it('a reader who is gone is an error of the connection, and its end', async () => {
  const { wire, connection, reader } = await createSockets()
  reader.resetAndDestroy()
  wire.lane('1', () => {}).write('1')
  wire.flush()
  await expect(once(connection, 'data')).rejects.toThrow('EPIPE')
  expect(connection.destroyed).toBe(true)
})

it('nothing follows the end of a connection', async () => {
  const { wire, connection, reader } = await createSockets()
  const received: Buffer[] = []
  reader.on('data', (bytes: Buffer) => received.push(bytes))
  const lane = wire.lane('1', () => {})
  lane.write('1')
  await turn()
  lane.write('2')
  connection.end()
  await Promise.all([once(connection, 'close'), once(reader, 'end').then(() => reader.end())])
  expect(await messagesIn(received)).toEqual([{ id: '1', type: 'next', payload: 1 }])
})

it('nothing overtakes what a connection still holds back', async () => {
  const { wire, connection, reader } = await createSockets()
  const received: Buffer[] = []
  reader.on('data', (bytes: Buffer) => received.push(bytes))
  connection.cork()
  connection.write(framed('"first"'), 'latin1')
  wire.lane('1', () => {}).write('"second"')
  await turn()
  connection.uncork()
  connection.end()
  await once(reader, 'end')
  expect(await messagesIn(received)).toEqual(['first', { id: '1', type: 'next', payload: 'second' }])
})

it('what waits for a connection that is destroyed goes nowhere, whoever has its descriptor now', async () => {
  const directory = await makeDirectory()
  onTestFinished(() => directory.remove())
  for (const destroy of [(each: Socket) => each.destroy(), (each: Socket) => each.resetAndDestroy()]) {
    const { wire, connection, reader } = await createSockets()
    const lane = wire.lane('1', () => {})
    lane.write('"first"')
    await turn()
    await once(reader, 'data')
    lane.write('"secret"')
    const { fd } = (connection as unknown as { _handle: { fd: number } })._handle
    destroy(connection)
    const path = join(directory.path, String(fd))
    const opened: number[] = []
    while (!opened.includes(fd) && opened.length < 1_000) opened.push(openSync(path, 'a+'))
    expect(opened).toContain(fd)
    wire.flush()
    lane.write('"secret"')
    await turn()
    expect(readFileSync(path, 'utf8')).toBe('')
    for (const each of opened) closeSync(each)
  }
})
