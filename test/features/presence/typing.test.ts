import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { act, ends } from '../../support/channels.ts'
import type { Person } from '../../support/people.ts'
import { seedDirect, seedGroup, seedPerson, seedPublic } from '../../support/seed.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'
import { hears, listen, openInbox, type } from './watch.ts'

let world: World
beforeAll(async () => void (world = await createWorld()))
afterAll(() => world.stop())

let ada: Person
let bob: Person
let eve: Person
beforeEach(async () => {
  ;[ada, bob, eve] = (await Promise.all(['ada', 'bob', 'eve'].map(() => seedPerson(world)))) as [Person, Person, Person]
})

const typingIn = (person: Person, { id }: { id: string }) => listen(world.url, person, 'typingChanged(channelId: $id)', { id })
const say = (person: Person, channelId: string) => act(person, 'sendMessage', { channelId, text: 'Hello', clientId: crypto.randomUUID() })

it('is told to the others in the channel, once, until it is taken back; never to oneself', async () => {
  const channel = await seedGroup(world, { owners: [ada], members: [bob, eve] })
  const [mine, theirs] = [await typingIn(ada, channel), await typingIn(bob, channel)]
  await hears(mine, eve, channel)
  await hears(theirs, eve, channel)
  await type(ada, channel)
  await type(ada, channel)
  await type(ada, channel, false)
  await type(ada, channel, false)
  await type(ada, channel)
  await type(bob, channel)
  for (const what of ['types', 'stops', 'types']) expect(await theirs.next()).toBe(`${ada.handle} ${what}`)
  expect(await mine.next()).toBe(`${bob.handle} types`)
  await Promise.all([mine, theirs].map(({ socket }) => socket.close()))
})

it('is told again while it goes on, at most every two seconds', async () => {
  const channel = await seedGroup(world, { owners: [ada], members: [bob] })
  const inbox = await openInbox(world.url, bob, '')
  await type(ada, channel)
  expect(await inbox.next()).toBe(`${ada.handle} types`)
  const heardAt = performance.now()
  let heard = 0
  const again = inbox.next().then((what) => ((heard = performance.now()), what))
  await until(async () => (await type(ada, channel), heard > 0))
  expect(await again).toBe(`${ada.handle} types`)
  expect(heard - heardAt).toBeGreaterThan(1_800)
  await type(ada, channel, false)
  expect(await inbox.next()).toBe(`${ada.handle} stops`)
  await inbox.socket.close()
})

it('ends by itself after six seconds, counted from when it was last said', async () => {
  const channel = await seedGroup(world, { owners: [ada], members: [bob, eve] })
  const inbox = await openInbox(world.url, bob, '')
  const started = performance.now()
  await type(ada, channel)
  await type(eve, channel)
  expect([await inbox.next(), await inbox.next()]).toEqual([`${ada.handle} types`, `${eve.handle} types`])
  await until(() => performance.now() - started > 1_500)
  await type(eve, channel)
  expect(await inbox.next()).toBe(`${ada.handle} stops`)
  expect(performance.now() - started).toBeGreaterThan(5_990)
  expect(performance.now() - started).toBeLessThan(7_200)
  expect(await inbox.next()).toBe(`${eve.handle} stops`)
  expect(performance.now() - started).toBeGreaterThan(7_490)
  await inbox.socket.close()
})

it('ends with what they send, and with nothing else', async () => {
  const [channel, other] = [await seedGroup(world, { owners: [ada], members: [bob] }), await seedDirect(world, ada, bob)]
  const inbox = await openInbox(world.url, bob)
  await type(ada, channel)
  expect(await inbox.next()).toBe(`${ada.handle} types`)
  await say(bob, channel.id)
  expect(await inbox.next()).toBe('MessageAdded')
  await say(ada, other.id)
  expect(await inbox.next()).toBe('MessageAdded')
  await say(ada, channel.id)
  const heard = [await inbox.next(), await inbox.next()]
  expect(heard.toSorted()).toEqual(['MessageAdded', `${ada.handle} stops`].toSorted())
  await type(ada, channel)
  expect(await inbox.next()).toBe(`${ada.handle} types`)
  await inbox.socket.close()
})

it('is left out of an inbox that wants nothing ephemeral', async () => {
  const channel = await seedGroup(world, { owners: [ada], members: [bob] })
  const [inbox, without] = [await openInbox(world.url, bob), await openInbox(world.url, bob, '(ephemeral: false)')]
  await type(ada, channel)
  expect(await inbox.next()).toBe(`${ada.handle} types`)
  await say(ada, channel.id)
  expect(await without.next()).toBe('MessageAdded')
  await Promise.all([inbox, without].map(({ socket }) => socket.close()))
})

it('is heard no more by whoever has left', async () => {
  const channel = await seedGroup(world, { owners: [ada], members: [bob, eve] })
  const theirs = await typingIn(bob, channel)
  await hears(theirs, eve, channel)
  await act(bob, 'leaveChannel', { channelId: channel.id })
  await type(ada, channel)
  expect(await theirs.next()).toBe('FORBIDDEN')
  theirs.socket.nothingMore()
  await theirs.socket.close()
})

it('is refused where one may not write', async () => {
  const archived = await seedGroup(world, { owners: [ada], archived: true })
  const [group, open] = [await seedGroup(world, { owners: [bob], former: [ada] }), await seedPublic(world, { owners: [bob] })]
  const ending = (channelId: string, typing = true) => ends(ada, 'setTyping', { channelId, typing })
  expect(await ending(archived.id)).toBe('CONFLICT')
  expect(await ending(archived.id, false)).toBe('CONFLICT')
  expect(await ending(group.id)).toBe('NOT_FOUND')
  expect(await ending(open.id)).toBe('FORBIDDEN')
  expect(await ending('nonsense')).toBe('NOT_FOUND')
  for (const [channel, code] of [
    [group, 'NOT_FOUND'],
    [open, 'FORBIDDEN'],
  ] as const) {
    const listening = await typingIn(ada, channel)
    expect(await listening.next()).toBe(code)
    await listening.socket.close()
  }
})
