import { afterAll, beforeAll, expect, it } from 'vitest'
import { markRead } from '../../support/marks.ts'
import { type Person, query } from '../../support/people.ts'
import { seedGroup, seedPerson, type SeededChannel } from '../../support/seed.ts'
import { react, type Said, send, trySend } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

// What the usual operations cost, all told: the session's statement included.

let world: World
let people: Person[]
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld()
  people = await Promise.all(Array.from({ length: 8 }, () => seedPerson(world)))
  room = await seedGroup(world, { owners: people.slice(0, 1), members: people.slice(1) })
  let last: Said | undefined
  for (let n = 0; n < 52; n++) {
    const person = people[n % 8]!
    const text = `${n} @${people[(n + 3) % 8]!.handle} @${people[(n + 5) % 8]!.handle}`
    last = await send(person, room.id, { text, replyToId: last?.id, mentionIds: [people[(n + 1) % 8]!.id] })
    const message = last
    await Promise.all([2, 4].map((step) => react(people[(n + step) % 8]!, message, n % step ? '👍' : '🎉')))
  }
  for (const [n, person] of people.entries()) await markRead(person, room, 6 * n)
})
afterAll(() => world.stop())

const costOf = async (text: string, variables: object) => {
  const { statements } = await world.statements(() => query(people[0]!.client, text, { ...variables }))
  return statements
}

const page = (more = '') => `query ($id: ID!, $first: Int!) { channel(id: $id) { messages(first: $first) { edges { node {
  id seq text sender { id handle } mentions { id handle } reactions { emoji count viewerReacted ${more} }
  replyTo { id text sender { handle } } receiptSummary { recipients delivered read }
} } } } }`

it('fifty messages with all that hangs on them cost ten statements at most, and as many as two do', async () => {
  await costOf(page(), { id: room.id, first: 1 })
  const few = await costOf(page(), { id: room.id, first: 2 })
  const many = await costOf(page(), { id: room.id, first: 50 })
  expect(many.length).toBeLessThanOrEqual(10)
  expect(many).toHaveLength(few.length)
})

it('who reacted costs one more, if anything', async () => {
  const without = await costOf(page(), { id: room.id, first: 20 })
  const users = await costOf(page('users(first: 3) { handle }'), { id: room.id, first: 20 })
  expect(users.length).toBeLessThanOrEqual(without.length + 1)
})

it('sending costs two: the session, and the statement that does it all', async () => {
  const draft = { text: `Hello @${people[1]!.handle}`, mentionIds: [people[2]!.id] }
  await trySend(people[0]!, room.id, draft, 'id')
  const { statements } = await world.statements(() => trySend(people[0]!, room.id, draft, 'id seq text'))
  expect(statements.map((text) => text.includes('send_messages'))).toEqual([false, true])
})

it('unread counts of many channels cost as much as those of one', async () => {
  for (let n = 0; n < 8; n++) await send(people[1]!, (await seedGroup(world, { owners: [people[1]!], members: [people[0]!] })).id, 'Hello')
  const list = `query ($first: Int!) { viewer { unread { channels messages mentions }
    channels(first: $first) { edges { node { membership { unread { messages mentions firstUnreadSeq } receipt { readSeq } } } } } } }`
  await costOf(list, { first: 1 })
  const few = await costOf(list, { first: 2 })
  expect(await costOf(list, { first: 8 })).toHaveLength(few.length)
})
