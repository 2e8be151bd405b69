import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Inbox, InboxSnapshot } from '../../src/sdk/index.ts'
import { spoil } from '../support/bus-faults.ts'
import { openDoor } from '../support/door.ts'
import { happen, steps } from '../support/happen.ts'
import { inboxOf } from '../support/sdk.ts'
import { type SeededChannel, seedDirect, seedGroup, seedPerson } from '../support/seed.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

// The server's law, kept by the SDK: an inbox that has followed shows what one shows that has just been opened.

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

/**
 * What can be compared. Of channels that nobody has looked at: what stands in a list of them. Of one that was opened, all: who is there
 * and who they are, too; who is only remembered from before is left out.
 */
function comparable({ viewer, users, channels, order, unread, notifications }: InboxSnapshot, openId: string | null) {
  const listed = Object.values(channels).map(({ id, topic, membership, lastSeq, messages, unread }) => [
    id,
    { topic, membership, lastSeq, unread, newest: messages.at(-1) },
  ])
  const opened = openId === null ? undefined : channels[openId]
  const there = Object.fromEntries(Object.keys(opened?.members ?? {}).map((id) => [id, users[id]]))
  return { viewer: opened && viewer, order, unread, notifications, channels: Object.fromEntries(listed) as object, opened, there }
}

/** All of it, as far back as there is something. */
async function openWhole(inbox: Inbox, { id }: SeededChannel): Promise<void> {
  await inbox.open(id)
  const channel = () => inbox.getSnapshot().channels[id]!
  while (channel().hasOlderMessages) await inbox.loadMessages(id, { before: channel().messages[0]!.seq })
}

it('what followed events make is what a fresh snapshot says, whatever happens, and whatever the bus and the network lose', async () => {
  const seed = Number(process.env.LAW_SEED ?? randomBytes(4).readInt32LE())
  const property = fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 2, max: 9 }), fc.boolean(), async (happened, lossy, isOpen) => {
      const [ada, bob, eve] = [await seedPerson(world), await seedPerson(world), await seedPerson(world)]
      const room = await seedGroup(world, { owners: [ada], moderators: [bob], members: [eve] })
      const places = { group: room.id, direct: (await seedDirect(world, ada, bob)).id }
      const door = await openDoor({ host: '127.0.0.1', port: Number(new URL(world.url).port) })
      const follower = await inboxOf(`http://127.0.0.1:${door.port}`, bob)
      if (isOpen) await openWhole(follower.inbox, room)
      let published = 0
      const mend = spoil(world, () => (++published % lossy === 0 ? { times: 0 } : published % lossy === 1 ? { times: 2 } : {}))
      // The connection is cut after a third of it, and gone for the last.
      const third = Math.ceil(happened.length / 3)
      await happen(places, [ada, bob, eve], happened.slice(0, third))
      door.cut()
      await happen(places, [ada, bob, eve], happened.slice(third, 2 * third))
      await door.shut()
      await happen(places, [ada, bob, eve], happened.slice(2 * third))
      mend()
      await door.open()
      const fresh = await inboxOf(world.url, bob)
      // Whoever has not looked at the channel shows the newest message, and what is unread, all the same.
      if (isOpen) await openWhole(fresh.inbox, room)
      const openId = isOpen ? room.id : null
      const shown = (): [unknown, unknown] => [
        comparable(follower.inbox.getSnapshot(), openId),
        comparable(fresh.inbox.getSnapshot(), openId),
      ]
      await until(() => isDeepStrictEqual(shown()[0], shown()[1]), 4_000).catch(() => {})
      const [one, other] = shown()
      follower.close()
      fresh.close()
      await door.close()
      expect(one).toEqual(other)
    }),
    { seed, numRuns: 8, endOnFailure: true },
  )
  await expect(property).resolves.toBeUndefined()
}, 60_000)
