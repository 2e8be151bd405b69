import { afterAll, beforeAll, expect, it } from 'vitest'
import { act } from '../support/channels.ts'
import { added, inbox, nextEvent } from '../support/live.ts'
import { seedGroup, seedPerson } from '../support/seed.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const sockets = async () => Number(/^parley_sockets (\d+)/m.exec(await (await fetch(`${world.url}/metrics`)).text())![1])

it('one slow reader costs one slow reader: it is cut off, and the others miss nothing', async () => {
  const [ada, bob] = [await seedPerson(world), await seedPerson(world)]
  const room = await seedGroup(world, { owners: [ada], members: [bob] })
  const say = async (text: string) =>
    ((await act(ada, 'sendMessage', { channelId: room.id, text }, 'message { seq }')).message as { seq: number }).seq
  const quick = await bob.connect()
  const id = quick.start(added, { channelId: room.id, afterSeq: 0 })
  const slow = await bob.connect()
  await nextEvent(slow, slow.start(inbox))
  slow.ws.pause()
  // The operating system takes some megabytes before anything waits here: each message comes in twenty-odd kilobytes.
  const text = '€'.repeat(8_000)
  let said = 0
  for (; said < 1_200 && (await sockets()) === 2; said += 20) await Promise.all(Array.from({ length: 20 }, () => say(text)))
  await until(async () => (await sockets()) === 1)
  const last = await say('last')
  for (let seq = 1; seq <= last; seq++) expect((await nextEvent(quick, id, 'messageAdded')).message).toMatchObject({ seq })
  slow.ws.resume()
  expect([4008, 1006]).toContain((await slow.closed()).code)
  await quick.close()
})
