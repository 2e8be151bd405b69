import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { subscriptions } from '../../src/sdk/documents.ts'
import { type Action, reduce } from '../../src/sdk/index.ts'
import { emptyState, type InboxEvent } from '../../src/sdk/state.ts'
import { act } from '../support/channels.ts'
import { type Door, openDoor } from '../support/door.ts'
import { type Person, signIn, signUp } from '../support/people.ts'
import { inboxOf, live, parleyOf, said, shows } from '../support/sdk.ts'
import { type SeededChannel, seedGroup, seedMessages, seedPerson } from '../support/seed.ts'
import { createDatabase } from '../support/postgres.ts'
import { send } from '../support/talk.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
let bob: Person
let room: SeededChannel
let door: Door
let through: string
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  ada = await seedPerson(world)
  bob = await seedPerson(world)
  room = await seedGroup(world, { owners: [ada], members: [bob] })
  door = await openDoor({ host: '127.0.0.1', port: Number(new URL(world.url).port) })
  through = `http://127.0.0.1:${door.port}`
})
afterEach(() => door.close())

describe('an inbox', () => {
  it('misses nothing while the connection is cut, and shows that it is', async () => {
    const { inbox, close } = await inboxOf(through, bob)
    const seen: string[] = []
    inbox.subscribe(() => seen.push(inbox.getSnapshot().status.phase))
    await send(ada, room.id, 'before')
    await shows(inbox, () => said(inbox, room.id).length === 1)
    await door.shut()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    await send(ada, room.id, 'meanwhile')
    await send(ada, room.id, 'and more')
    await door.open()
    await shows(inbox, () => live(inbox) && said(inbox, room.id).length === 3)
    expect(said(inbox, room.id)).toEqual(['before', 'meanwhile', 'and more'])
    expect([...new Set(seen)]).toEqual(['live', 'offline'])
    close()
  })

  it('finds out by itself that nothing passes any more', async () => {
    const { inbox, close } = await inboxOf(through, bob, { keepAlive: { idleMs: 200, answerMs: 500 } })
    door.pause()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    door.cut()
    door.resume()
    await send(ada, room.id, 'still here')
    await shows(inbox, () => live(inbox) && said(inbox, room.id).length === 1)
    expect(said(inbox, room.id)).toEqual(['still here'])
    close()
  })

  it('tries at once where it is told to', async () => {
    const { inbox, close } = await inboxOf(through, bob, { retry: { firstMs: 100_000, mostMs: 100_000 } })
    await door.shut()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    await door.open()
    inbox.reconnect()
    await shows(inbox, () => live(inbox))
    expect(inbox.getSnapshot().order).toEqual([room.id])
    close()
  })

  it.each(['online', 'visibilitychange'])('tries at once when the browser says %s, and not while the page is hidden', async (event) => {
    const page = Object.assign(new EventTarget(), { document: { hidden: false } })
    for (const name of ['addEventListener', 'removeEventListener'] as const) vi.stubGlobal(name, page[name].bind(page))
    vi.stubGlobal('document', page.document)
    const { inbox, close } = await inboxOf(through, bob, { retry: { firstMs: 100_000, mostMs: 100_000 } })
    await door.shut()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    const { status } = inbox.getSnapshot()
    page.document.hidden = true
    page.dispatchEvent(new Event('visibilitychange'))
    await door.open()
    expect(inbox.getSnapshot().status).toBe(status)
    page.document.hidden = false
    page.dispatchEvent(new Event(event))
    await shows(inbox, () => live(inbox))
    expect(inbox.getSnapshot().order).toEqual([room.id])
    close()
    vi.unstubAllGlobals()
  })

  it('begins before there is a server', async () => {
    await door.shut()
    const inbox = parleyOf(through, bob).inbox()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    await door.open()
    await inbox.ready
    expect(Object.keys(inbox.getSnapshot().channels)).toEqual([room.id])
    inbox.close()
  })

  it('outlives a server that goes down and another that comes', async () => {
    const database = await createDatabase()
    const first = await createWorld({ databaseUrl: database.url })
    const [eve, mod] = [await seedPerson(first), await seedPerson(first)]
    const hall = await seedGroup(first, { owners: [eve], members: [mod] })
    const way = await openDoor({ host: '127.0.0.1', port: Number(new URL(first.url).port) })
    const { inbox, close } = await inboxOf(`http://127.0.0.1:${way.port}`, mod)
    await seedMessages(first, hall, [[eve, 'one']])
    await shows(inbox, () => said(inbox, hall.id).length === 1)
    await first.stop()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    const second = await createWorld({ databaseUrl: database.url, env: { PORT: new URL(first.url).port } })
    await seedMessages(second, hall, [[eve, 'two']])
    await shows(inbox, () => live(inbox) && said(inbox, hall.id).length === 2)
    expect(said(inbox, hall.id)).toEqual(['one', 'two'])
    close()
    await way.close()
    await second.stop()
    await database.drop()
  })

  it('ends with its session, and says why', async () => {
    const person = await signUp(world, 'gone')
    const { inbox, close } = await inboxOf(through, person)
    await act(person, 'signOut', null as never)
    await shows(inbox, ({ status }) => status.phase === 'ended')
    expect(inbox.getSnapshot().status).toMatchObject({ phase: 'ended', error: { code: 'UNAUTHENTICATED' } })
    expect(() => inbox.send('x', 'y')).toThrow('This channel is not in the inbox.')
    close()
  })

  it('never begins for a dead token, nor for nobody', async () => {
    for (const token of ['nonsense', '']) {
      const inbox = parleyOf(through, { token }).inbox()
      await expect(inbox.ready).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
  })

  it('asks for another token when its own has ended, and goes on', async () => {
    const person = await signUp(world, 'renewed')
    const other = await signIn(world, person)
    const asked: (string | undefined)[] = []
    const tokens = [person.token]
    const getToken = async ({ refused }: { refused?: string }) => {
      asked.push(refused)
      if (refused === person.token) tokens[0] = other.token
      return tokens[0]
    }
    const { inbox, close } = await inboxOf(through, person, { token: undefined, getToken })
    await act(other, 'revokeOtherSessions', null as never)
    await until(() => asked.includes(person.token))
    await shows(inbox, () => live(inbox))
    expect(inbox.getSnapshot().viewer?.userId).toBe(person.id)
    close()
  })

  it('gives up where another is refused as well', async () => {
    const person = await signUp(world, 'twice')
    let asked = 0
    const { inbox, close } = await inboxOf(through, person, {
      token: undefined,
      getToken: () => (++asked < 3 ? person.token : `dead-${asked}`),
    })
    await act(person, 'signOut', null as never)
    await shows(inbox, ({ status }) => status.phase === 'ended')
    expect(inbox.getSnapshot().status).toMatchObject({ error: { code: 'UNAUTHENTICATED' } })
    expect(asked).toBeLessThan(8)
    close()
  })

  it('reads a snapshot again where the gap can’t be bridged', async () => {
    const attic = await seedGroup(world, { owners: [bob] })
    await send(ada, room.id, 'said 1')
    const { inbox, close } = await inboxOf(through, bob, {}, { channels: 1 })
    expect(inbox.getSnapshot().order).toEqual([room.id])
    await inbox.loadChannels()
    await inbox.open(attic.id)
    await inbox.open(room.id)
    await door.shut()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    inbox.send(attic.id, 'kept')
    await seedMessages(
      world,
      room,
      Array.from({ length: 10_049 }, (_, n) => [ada, `said ${n + 2}`] as const),
    )
    await door.open()
    await shows(inbox, (snapshot) => live(inbox) && snapshot.channels[room.id]!.messages.length === 30)
    const { lastSeq, messages, unread } = inbox.getSnapshot().channels[room.id]!
    expect({ lastSeq, first: messages[0]!.seq, unread: unread.messages }).toEqual({ lastSeq: 10_050, first: 10_021, unread: 10_050 })
    await send(ada, room.id, 'after')
    await shows(inbox, () => said(inbox, room.id).at(-1) === 'after')
    // It lies behind the first page, and is looked at.
    await shows(inbox, () => inbox.getSnapshot().channels[attic.id]!.pending.length === 0)
    expect(said(inbox, attic.id)).toEqual(['kept'])
    close()
  })
})

describe('a subscription', () => {
  it('goes on from the last message it gave', async () => {
    const parley = parleyOf(through, bob)
    await send(ada, room.id, 'one')
    const heard: string[] = []
    const listening = (async () => {
      for await (const { message } of parley.messageAdded({ channelId: room.id, afterSeq: 0 })) {
        heard.push(message.text!)
        if (message.text === 'three') break
      }
    })()
    await until(() => heard.length === 1)
    await door.shut()
    await send(ada, room.id, 'two')
    await door.open()
    await send(ada, room.id, 'three')
    await listening
    expect(heard).toEqual(['one', 'two', 'three'])
    parley.close()
  })

  it('throws what trying again doesn’t mend', async () => {
    const parley = parleyOf(through, await seedPerson(world))
    await expect(parley.messageAdded({ channelId: room.id }).next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const nobody = parleyOf(through, { token: 'nonsense' })
    await expect(nobody.inboxEvents({}).next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', closeCode: 4403 })
    parley.close()
    nobody.close()
  })

  it('ends at once when it is left, though nothing comes', async () => {
    const parley = parleyOf(through, bob)
    const stream = parley.typingChanged({ channelId: room.id })
    const waiting = stream.next()
    await stream.return!()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    parley.close()
  })
})

describe('an event of a newer server', () => {
  const started = async () => {
    const { parley, inbox, close } = await inboxOf(through, bob)
    const snapshot = (await parley.snapshot({ first: 50 }))!
    return { state: reduce(emptyState, { type: 'snapshot', snapshot, now: '' }), inbox, close }
  }

  it('is skipped, and the cursor moves', async () => {
    const { state, close } = await started()
    for (const event of [
      { __typename: 'PollOpened', cursor: 'later' },
      { __typename: 'PollOpened', cursor: 'later', channelId: room.id, poll: {} },
    ]) {
      const next = reduce(state, { type: 'event', event: event as unknown as InboxEvent } satisfies Action)
      expect(next.cursor).toBe('later')
      expect(next.view).toBe(state.view)
    }
    close()
  })

  it('is asked for by nothing but its cursor', () => {
    expect(subscriptions.inboxEvents).toMatch(/inboxEvents\(after:\$after ephemeral:\$ephemeral\)\{__typename cursor \.\.\.on/)
  })
})
