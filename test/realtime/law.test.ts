import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { spoil } from '../support/bus-faults.ts'
import { happen, steps } from '../support/happen.ts'
import { type Event, inbox, nextEvent } from '../support/live.ts'
import { type Person, query } from '../support/people.ts'
import { seedDirect, seedGroup, seedPerson } from '../support/seed.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

// The law: what a client makes of a snapshot and the events after it is what a fresh snapshot says.

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { NOTIFIER: 'on' } })
})
afterAll(() => world.stop())

/** What a client holds: by name the versions and values it knows. */
type Held = Map<string, { version: number; value: unknown }>

const snapshot = `{ viewer { cursor version settings { readReceipts }
  notifications(first: 100) { edges { node { id version kind readAt message { id } } } } channels(first: 30) { edges { node {
  id version name topic archivedAt
  messages(first: 50) { edges { node { seq version text } } }
  members(first: 5) { edges { node { version role notificationLevel user { id version displayName } } } }
  receipts(first: 5) { edges { node { user { id } deliveredSeq readSeq } } } } } } } }`

type Edges<Node> = { edges: { node: Node }[] }
type Fields = Record<string, unknown> & { version: number }
type Notification = Fields & { id: string }
type Channel = Fields & {
  id: string
  messages: Edges<Fields & { seq: number }>
  members: Edges<Fields & { user: Fields & { id: string } }>
  receipts: Edges<{ user: { id: string }; deliveredSeq: number; readSeq: number | null }>
}

function keep(held: Held, name: string, { version, ...value }: Fields): void {
  if (version > (held.get(name)?.version ?? 0)) held.set(name, { version, value })
}

const keepMark = (held: Held, channelId: string, { user: { id }, deliveredSeq, readSeq }: Channel['receipts']['edges'][0]['node']) =>
  keep(held, `receipt ${channelId} ${id}`, { version: 1 + deliveredSeq + (readSeq ?? 0), deliveredSeq, readSeq })

async function read(person: Person): Promise<{ held: Held; cursor: string }> {
  type Seen = { viewer: Fields & { cursor: string; channels: Edges<Channel>; notifications: Edges<Notification> } }
  const { viewer } = await query<Seen>(person.client, snapshot)
  const held: Held = new Map()
  keep(held, 'viewer', { version: viewer.version, settings: viewer.settings })
  for (const { node } of viewer.notifications.edges) keep(held, `notification ${node.id}`, node)
  for (const { node } of viewer.channels.edges) {
    const { id, messages, members, receipts, ...channel } = node
    keep(held, `channel ${id}`, channel)
    for (const { node: said } of messages.edges) keep(held, `message ${id} ${said.seq}`, said)
    for (const { node: member } of members.edges) {
      const { user, ...membership } = member
      keep(held, `member ${id} ${user.id}`, membership)
      keep(held, `user ${user.id}`, user)
    }
    for (const { node: mark } of receipts.edges) keepMark(held, id, mark)
  }
  return { held, cursor: viewer.cursor }
}

function apply(held: Held, event: Event): void {
  const { channelId, version } = event as Event & { version: number }
  switch (event.__typename) {
    case 'MessageAdded':
    case 'MessageChanged': {
      const message = event.message as Fields
      return keep(held, `message ${channelId} ${String(message.seq)}`, message)
    }
    case 'ReceiptUpdated':
      return (event.receipts as Channel['receipts']['edges'][0]['node'][]).forEach((mark) => keepMark(held, channelId!, mark))
    case 'MembershipChanged': {
      const { user, ...membership } = event.membership as Channel['members']['edges'][0]['node']
      return keep(held, `member ${channelId} ${user.id}`, membership)
    }
    case 'MemberLeft':
      return keep(held, `member ${channelId} ${String(event.userId)}`, { version, gone: true })
    case 'ChannelChanged': {
      const { ...channel } = event.channel as Fields
      return keep(held, `channel ${channelId}`, channel)
    }
    case 'UserChanged': {
      const { id, ...user } = event.user as Fields & { id: string }
      return keep(held, `user ${id}`, { id, ...user })
    }
    case 'NotificationAdded':
    case 'NotificationChanged': {
      const notification = event.notification as Notification
      return keep(held, `notification ${notification.id}`, notification)
    }
    case 'ViewerChanged': {
      return keep(held, 'viewer', event.viewer as Fields)
    }
    default:
  }
}

const isGone = (value: unknown) => (value as { gone?: boolean }).gone === true
/** What of it can be compared: what somebody left behind is in no snapshot, nor how anyone is called who is in no channel. */
function comparable(held: Held): Record<string, unknown> {
  const gone = [...held].flatMap(([name, { value }]) =>
    isGone(value) ? [name, name.replace('member', 'receipt'), `user ${name.split(' ')[2]!}`] : [],
  )
  return Object.fromEntries(
    [...held].filter(([name]) => !gone.includes(name)).map(([name, { version, value }]) => [name, { version, value }]),
  )
}

it('snapshot and events make the fresh snapshot, whatever happens and whatever the bus loses', async () => {
  const seed = Number(process.env.LAW_SEED ?? randomBytes(4).readInt32LE())
  const property = fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 2, max: 9 }), async (happened, lossy) => {
      const [ada, bob, eve] = [await seedPerson(world), await seedPerson(world), await seedPerson(world)]
      const { id } = await seedGroup(world, { owners: [ada], moderators: [bob], members: [eve] })
      const direct = await seedDirect(world, ada, bob)
      const { held, cursor } = await read(bob)
      const socket = await bob.connect()
      const operation = socket.start(inbox, { after: cursor })
      let reading = true
      const follow = (async () => {
        while (reading) apply(held, await nextEvent(socket, operation))
      })().catch((error: unknown) => {
        if (reading) throw error
      })
      let published = 0
      const mend = spoil(world, () => (++published % lossy === 0 ? { times: 0 } : published % lossy === 1 ? { times: 2 } : {}))
      await happen({ group: id, direct: direct.id }, [ada, bob, eve], happened)
      mend()
      await world.app.notifier!.settled()
      // What the bus has lost comes with the next sweep.
      const fresh = comparable((await read(bob)).held)
      const isSo = () => isDeepStrictEqual({ ...comparable(held), ...fresh }, comparable(held))
      await until(isSo, 4_000).catch(() => {})
      reading = false
      await socket.close()
      await follow
      expect(comparable(held)).toMatchObject(fresh)
    }),
    { seed, numRuns: 6, endOnFailure: true },
  )
  await expect(property).resolves.toBeUndefined()
}, 60_000)
