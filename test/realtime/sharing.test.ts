import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLive } from '../../src/graphql/live.ts'
import type { Context } from '../../src/graphql/context.ts'
import { type GraphQLObjectType, parse } from 'graphql'
import { schema } from '../../src/graphql/schema.ts'
import { act } from '../support/channels.ts'
import type { Person } from '../support/people.ts'
import { type SeededChannel, seedGroup, seedPerson } from '../support/seed.ts'
import type { TestSocket } from '../support/socket.ts'
import { send } from '../support/talk.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
let people: Person[]
let sockets: TestSocket[]
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world)
  people = await Promise.all(Array.from({ length: 12 }, () => seedPerson(world)))
  room = await seedGroup(world, { owners: [ada], members: people })
  sockets = await Promise.all(people.map((person) => person.connect()))
})
afterAll(() => world.stop())

const document = (fields: string) =>
  `subscription ($channelId: ID!, $afterSeq: Int) { messageAdded(channelId: $channelId, afterSeq: $afterSeq) { message { seq ${fields} } } }`

type Said = { seq: number } & Record<string, unknown>

/** What everyone is told of one message while all of them listen, and the statements that the telling costs. */
async function told(fields: string): Promise<{ answers: Said[]; statements: string[] }> {
  const { seq: before } = await send(ada, room.id, 'before')
  // Everyone begins somewhere else: that makes no difference to what they are told.
  const ids = sockets.map((socket, n) =>
    socket.start(document(fields), { channelId: room.id, afterSeq: Math.max(0, before - 1 - (n % 2)) }),
  )
  const next = () =>
    Promise.all(
      sockets.map(async (socket, n) => {
        for (;;) {
          const { payload } = await socket.nextOf(ids[n]!)
          if (!payload?.data) throw new Error(JSON.stringify(payload))
          const { message } = payload.data.messageAdded as { message: Said }
          if (message.seq > last) return message
        }
      }),
    )
  let last = before - 1
  await next()
  // The first told live also checks who is there.
  last = before
  await send(ada, room.id, 'warm')
  await next()
  last++
  const { result, statements } = await world.statements(async () => {
    await act(ada, 'sendMessage', { channelId: room.id, text: 'counted' })
    return next()
  })
  sockets.forEach((socket, n) => socket.complete(ids[n]!))
  // What sending itself costs, and the sweep, is nobody's answer.
  return {
    answers: result,
    statements: statements.filter((text) => !/send_messages|pg_current_snapshot|FROM unnest\(\$1::text\[\]\) AS k/.test(text)),
  }
}

const own = ['sessions', 'DEALLOCATE']
const ofAnswers = (statements: string[]) => statements.filter((text) => !own.some((word) => text.includes(word)))

it('the usual selection costs no statement, however many listen', async () => {
  const { answers, statements } = await told('text sender { displayName } channel { name }')
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(ofAnswers(statements)).toEqual([])
})

it('what it has been read by costs one for all who show theirs, and one for all who don’t', async () => {
  for (const person of people.slice(0, 3)) await act(person, 'updateSettings', { readReceipts: false })
  const { answers, statements } = await told('receiptSummary { recipients delivered read }')
  expect(answers[0]!.receiptSummary).toEqual({ recipients: 12, delivered: 0, read: 0 })
  expect(ofAnswers(statements).length).toBeLessThanOrEqual(2)
})

it('a key is told to whoever chose it, and to nobody else', async () => {
  const socket = await ada.connect()
  const query = document('clientId')
  const [mine, theirs] = [socket.start(query, { channelId: room.id }), sockets[0]!.start(query, { channelId: room.id })]
  const clientId = crypto.randomUUID()
  let heard: unknown[] = []
  const both = Promise.all([socket.nextOf(mine), sockets[0]!.nextOf(theirs)]).then((answers) => (heard = answers))
  while (heard.length === 0) {
    await send(ada, room.id, { text: 'Mine', clientId })
    await send(ada, room.id, { text: 'Mine', clientId: crypto.randomUUID() })
  }
  const [own, other] = (await both).map(({ payload }) => (payload!.data!.messageAdded as { message: Said }).message.clientId)
  expect(own).toEqual(expect.any(String))
  expect(other).toBeNull()
  await socket.close()
})

it('an answer made for many has no viewer: a field that forgot to say that it depends on one fails, and shows nothing', async () => {
  const live = createLive({
    schema,
    cursor: () => 'here',
    failures: (error) => error as never,
    contextFor: () =>
      Object.defineProperty({ audience: { kind: 'everyone', showsReads: true, from: 1 } } as Context, 'viewer', {
        get() {
          throw new Error('no viewer')
        },
      }),
  })
  const field = (schema.getType('Channel') as GraphQLObjectType).getFields().topic!
  const { resolve } = field
  field.resolve = (_channel, _args, ctx: Context) => ctx.viewer!.userId
  try {
    const selection = live.selectionOf({
      document: parse('subscription { inboxEvents { ... on ChannelChanged { channel { topic } } } }'),
      variables: {},
    })
    expect(selection.dependsOn('ChannelChanged').viewer).toBe(false)
    const happening = {
      topic: 'channel.x',
      type: 'ChannelChanged',
      entity: 'Channel:x',
      version: 1,
      subjects: [],
      rows: { channel: { id: 'x', topic: 'secret' } },
    }
    const answer = await live.answer(selection, happening, { kind: 'everyone', showsReads: true, from: 1 })
    expect(JSON.parse(answer)).toMatchObject({ errors: [{ message: 'no viewer' }] })
    expect(answer).not.toContain('secret')
  } finally {
    field.resolve = resolve
  }
})
