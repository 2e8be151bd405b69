import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ExpectedError } from '../../../src/kernel/errors.ts'
import { encodeNodeId } from '../../../src/kernel/node-id.ts'
import type { Viewer } from '../../../src/ports/sessions.ts'
import { keyOf, seedGroup, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { idAt } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'
import { Model, type Role } from './model.ts'

// What is unread is computed by subtraction, and must be right after every operation. Ten thousand of them, at random, are done in
// the rooms themselves: through HTTP most of the time would go into parsing, and nothing else would be tested. After each one the
// counts of all five people are compared with a model that counts one by one.

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
/** Beside each other, as they mostly wait for the database: so many runs, each with a channel of its own and so many operations. */
const [lanes, runs, operations] = [5, 10, 200]
const people = 5

let world: World
let viewers: Viewer[]
let handles: string[]
beforeAll(async () => {
  world = await createWorld()
  const persons = await Promise.all(Array.from({ length: people }, () => seedPerson(world)))
  viewers = persons.map(({ id }) => ({ userId: keyOf(id), sessionId: keyOf(id), role: 'USER' }))
  handles = persons.map(({ handle }) => handle)
  roomOf = (kind) => {
    const [owner, ...members] = persons
    return (kind === 'GROUP' ? seedGroup : seedPublic)(world, { owners: [owner!], members })
  }
})
afterAll(() => world.stop())
let roomOf: (kind: 'GROUP' | 'PUBLIC') => Promise<SeededChannel>

const who = fc.nat({ max: people - 1 })
const guest = fc.integer({ min: 1, max: people - 1 })
/** Of what is there, some. */
const where = fc.nat()
const called = { called: fc.subarray([0, 1, 2, 3, 4]), channel: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) }
const kind = <const Type extends string>(type: Type) => ({ type: fc.constant(type) })

const operation = fc.oneof(
  { weight: 34, arbitrary: fc.record({ ...kind('send'), who, ...called }) },
  { weight: 15, arbitrary: fc.record({ ...kind('edit'), where, ...called }) },
  { weight: 10, arbitrary: fc.record({ ...kind('delete'), who, where }) },
  { weight: 12, arbitrary: fc.record({ ...kind('read'), who, where }) },
  { weight: 8, arbitrary: fc.record({ ...kind('unread'), who, where }) },
  { weight: 3, arbitrary: fc.record({ ...kind('deliver'), who, where }) },
  { weight: 4, arbitrary: fc.record({ ...kind('leave'), who: guest }) },
  { weight: 10, arbitrary: fc.record({ ...kind('rejoin'), who: guest, withHistory: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ ...kind('role'), who: guest, role: fc.constantFrom<Role[]>('OWNER', 'MODERATOR', 'MEMBER') }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never

/** Does it in the model; answers with what to do in the rooms, and whether that has to be refused. */
function planOf(model: Model, { id: channelId }: SeededChannel, done: Operation): { ok: boolean; run: () => Promise<unknown> } {
  const { messages, receipts, members } = world.app.rooms
  const viewer = (person: number) => viewers[person]!
  const userId = (person: number) => encodeNodeId('User', viewer(person).userId)
  const within = (size: number, place: number) => (size === 0 ? 0 : place % size)
  const textOf = (names: readonly number[], channel: boolean) =>
    ['So', ...names.map((person) => `@${handles[person]!}`), ...(channel ? ['@channel'] : [])].join(' ')
  const plan = (ok: boolean, change: () => void, run: () => Promise<unknown>) => {
    if (ok) change()
    return { ok, run }
  }

  switch (done.type) {
    case 'send': {
      const text = textOf(done.called, done.channel)
      return plan(
        model.present(done.who),
        () => model.send(done.who, text, model.namesOf(done.who, done.called, done.channel)),
        () => messages.send(viewer(done.who), { channelId, text }),
      )
    }
    case 'edit': {
      const seq = 1 + within(model.lastSeq, done.where)
      const message = model.lastSeq > 0 ? model.message(seq) : undefined
      const sender = message?.sender ?? 0
      const text = textOf(done.called, done.channel)
      return plan(
        message !== undefined && !message.system && !message.deleted && model.sees(sender, seq),
        // Names are read anew where the text is another one.
        () => message!.text !== text && Object.assign(message!, { text, names: model.namesOf(sender, done.called, done.channel) }),
        () => messages.edit(viewer(sender), { messageId: idAt(channelId, seq), text }),
      )
    }
    case 'delete': {
      const seq = 1 + within(model.lastSeq, done.where)
      const message = model.lastSeq > 0 ? model.message(seq) : undefined
      const may = message?.sender === done.who || model.seats[done.who]!.role !== 'MEMBER'
      return plan(
        message !== undefined && !message.system && model.sees(done.who, seq) && may,
        () => Object.assign(message!, { deleted: true }),
        () => messages.delete(viewer(done.who), { messageId: idAt(channelId, seq) }),
      )
    }
    case 'read': {
      const seq = within(model.lastSeq + 1, done.where)
      const run = () => receipts.markRead(viewer(done.who), { channelId, seq })
      return plan(model.present(done.who), () => model.read(done.who, seq), run)
    }
    case 'deliver': {
      const seq = within(model.lastSeq + 1, done.where)
      const run = () => receipts.markDelivered(viewer(done.who), { positions: [{ channelId, seq }] })
      return plan(model.present(done.who), () => model.deliver(done.who, seq), run)
    }
    case 'unread': {
      const fromSeq = 1 + within(model.lastSeq, done.where)
      const run = () => receipts.markUnread(viewer(done.who), { channelId, fromSeq })
      return plan(model.present(done.who) && model.lastSeq > 0, () => (model.seats[done.who]!.unreadFrom = fromSeq), run)
    }
    case 'leave':
      return plan(
        model.present(done.who),
        () => model.leave(done.who),
        () => members.leave(viewer(done.who), { channelId }),
      )
    case 'rejoin': {
      const [actor, run] =
        model.kind === 'PUBLIC'
          ? [done.who, () => members.join(viewer(done.who), { channelId })]
          : [0, () => members.add(viewer(0), { channelId, userIds: [userId(done.who)], withHistory: done.withHistory })]
      const there = model.present(done.who)
      return { ...plan(!there, () => model.join(done.who, actor, done.withHistory), run), ok: true }
    }
    case 'role': {
      const same = model.seats[done.who]!.role === done.role
      return plan(
        model.present(done.who),
        () => !same && model.setRole(done.who, done.role),
        () => members.setRole(viewer(0), { channelId, userId: userId(done.who), role: done.role }),
      )
    }
  }
}

/** A refusal did nothing; anything else that is thrown is a bug. */
function isRefusal(error: unknown): false {
  if (error instanceof ExpectedError) return false
  throw error
}

async function walk(kind: 'GROUP' | 'PUBLIC', all: readonly Operation[]): Promise<void> {
  const { receipts } = world.app.rooms
  const room = await roomOf(kind)
  const model = new Model(kind, people)
  for (const [place, one] of all.entries()) {
    const { ok, run } = planOf(model, room, one)
    const done = await run().then(() => true, isRefusal)
    const counted = await Promise.all(viewers.map(async (viewer) => (await receipts.unread(viewer, [room.key]))[0]))
    const told = counted.map((one) => one && { messages: one.messages, mentions: one.mentions, firstUnreadSeq: one.firstUnreadSeq })
    expect({ place, one, done, told }).toEqual({ place, one, done: ok, told: viewers.map((_, person) => model.unread(person)) })
  }
  const marks = await receipts.at(viewers.map(({ userId }) => ({ channelId: room.key, userId })))
  expect(marks.map((mark) => [mark?.deliveredSeq, mark?.readSeq])).toEqual(model.seats.map(({ delivered, read }) => [delivered, read]))
}

it(`counts what is unread as a recount does, after each of ${lanes * runs * operations} operations (SEED=${seed})`, {
  timeout: 240_000,
}, async () => {
  const sequences = fc.array(operation, { minLength: operations, maxLength: operations, size: 'max' })
  const property = fc.asyncProperty(fc.constantFrom('GROUP', 'PUBLIC'), sequences, walk)
  await Promise.all(Array.from({ length: lanes }, (_, lane) => fc.assert(property, { seed: seed + lane, numRuns: runs })))
})
