import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createParley, unwrap } from '../../src/sdk/index.ts'
import { act } from '../support/channels.ts'
import { standOf } from '../support/marks.ts'
import { type Person, signUp } from '../support/people.ts'
import { inboxOf, parleyOf, said, shows } from '../support/sdk.ts'
import { type SeededChannel, seedGroup, seedMessages, seedPerson } from '../support/seed.ts'
import { edit, idAt, react, remove, send } from '../support/talk.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
let bob: Person
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  ada = await seedPerson(world)
  bob = await seedPerson(world)
  room = await seedGroup(world, { owners: [ada], members: [bob] })
})

const words = (count: number) => Array.from({ length: count }, (_, n) => [ada, `word ${n + 1}`] as const)

/** Whoever comes now isn't told again what has happened to somebody so far. */
async function isOld(person: Person): Promise<void> {
  const parley = parleyOf(world.url, person)
  await until(async () => {
    const { cursor: after } = (await parley.snapshot({ first: 1 }))!
    return (await parley.inboxEvents({ after }).next()).value?.__typename === 'StreamReady'
  })
  parley.close()
}

describe('the channels of an inbox', () => {
  it('are the first page, and more on demand; one in which something happens comes by itself', async () => {
    const rooms = [room]
    for (let n = 0; n < 4; n++) rooms.push(await seedGroup(world, { owners: [ada], members: [bob] }))
    for (const one of rooms) await seedMessages(world, one, words(1))
    await act(bob, 'markRead', { channelId: room.id, seq: 1 })
    await isOld(bob)
    const { inbox, close } = await inboxOf(world.url, bob, {}, { channels: 2 })
    // Those with something unread are all there: what is unread in all is exact.
    await shows(inbox, ({ unread }) => unread.channels === 4)
    expect(inbox.getSnapshot()).toMatchObject({ hasMoreChannels: true, unread: { channels: 4, messages: 4, mentions: 0 } })
    expect(inbox.getSnapshot().order).not.toContain(room.id)

    await send(ada, room.id, `Hello @${bob.handle}`)
    await shows(inbox, ({ order }) => order[0] === room.id)
    expect(inbox.getSnapshot().unread).toEqual({ channels: 5, messages: 5, mentions: 1 })
    while (inbox.getSnapshot().hasMoreChannels) await inbox.loadChannels()
    expect(inbox.getSnapshot().order).toHaveLength(5)
    close()
  })

  it('come and go with being in them', async () => {
    const { inbox, close } = await inboxOf(world.url, bob)
    const other = await seedGroup(world, { owners: [ada] })
    await send(ada, other.id, 'among us')
    await act(ada, 'addMembers', { channelId: other.id, userIds: [bob.id], withHistory: true })
    await send(ada, other.id, 'welcome')
    await shows(inbox, ({ channels }) => channels[other.id]?.messages.at(-1)?.text === 'welcome')
    await inbox.open(other.id)
    expect(said(inbox, other.id).filter((text) => !text!.includes('added'))).toEqual(['among us', 'welcome'])
    await act(ada, 'removeMember', { channelId: other.id, userId: bob.id })
    await shows(inbox, ({ channels }) => channels[other.id] === undefined)
    expect(inbox.getSnapshot().order).toEqual([room.id])
    await act(ada, 'addMembers', { channelId: other.id, userIds: [bob.id] })
    await shows(inbox, ({ order }) => order.includes(other.id))
    close()
  })

  it('show older messages page by page, without a hole', async () => {
    await seedMessages(world, room, words(75))
    const { inbox, close } = await inboxOf(world.url, bob)
    expect(said(inbox, room.id).at(-1)).toBe('word 75')
    expect(inbox.getSnapshot().channels[room.id]!.hasOlderMessages).toBe(true)
    await inbox.open(room.id)
    let pages = 1
    for (;;) {
      const { messages, hasOlderMessages } = inbox.getSnapshot().channels[room.id]!
      expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, place) => 76 - messages.length + place))
      if (!hasOlderMessages) break
      pages++
      await inbox.loadMessages(room.id, { before: messages[0]!.seq })
    }
    expect(pages).toBe(3)
    expect(said(inbox, room.id)).toEqual(words(75).map(([, text]) => text))
    close()
  })

  it('leave what is not concerned the same object', async () => {
    const other = await seedGroup(world, { owners: [ada], members: [bob] })
    const { inbox, close } = await inboxOf(world.url, bob)
    const before = inbox.getSnapshot()
    expect(inbox.getSnapshot()).toBe(before)
    await send(ada, room.id, 'Hello')
    await shows(inbox, () => said(inbox, room.id).length === 1)
    const after = inbox.getSnapshot()
    expect(after).not.toBe(before)
    expect(after.channels[other.id]).toBe(before.channels[other.id])
    expect(after.viewer).toBe(before.viewer)
    close()
  })
})

describe('what is unread', () => {
  const unread = (inbox: Awaited<ReturnType<typeof inboxOf>>['inbox']) => inbox.getSnapshot().channels[room.id]!.unread

  it('is what the server counts, of a channel that nobody has opened, too', async () => {
    await seedMessages(world, room, words(50))
    const { inbox, close } = await inboxOf(world.url, bob)
    const asServer = async () => {
      const { unread: counted } = await standOf(bob, room)
      await shows(inbox, () => JSON.stringify(counted) === JSON.stringify(pick(unread(inbox))))
      return counted
    }
    const pick = ({ messages, mentions, firstUnreadSeq }: ReturnType<typeof unread>) => ({ messages, mentions, firstUnreadSeq })
    expect(await asServer()).toEqual({ messages: 50, mentions: 0, firstUnreadSeq: 1 })
    // These aren't held here, so they have to be asked for.
    await remove(ada, { id: idAt(room.id, 1) })
    await edit(ada, { id: idAt(room.id, 2) }, { text: `word @${bob.handle}` })
    await send(ada, room.id, 'one more')
    expect(await asServer()).toEqual({ messages: 50, mentions: 1, firstUnreadSeq: 2 })
    await act(bob, 'markRead', { channelId: room.id, seq: 40 })
    expect(await asServer()).toEqual({ messages: 11, mentions: 0, firstUnreadSeq: 41 })
    await act(bob, 'markUnread', { channelId: room.id, fromSeq: 10 })
    expect(await asServer()).toEqual({ messages: 42, mentions: 0, firstUnreadSeq: 10 })
    await inbox.markRead(room.id)
    expect(unread(inbox)).toEqual({ messages: 0, mentions: 0, firstUnreadSeq: null })
    expect(await asServer()).toEqual({ messages: 0, mentions: 0, firstUnreadSeq: null })
    close()
  })

  it('is not counted of a channel that is muted, until that is over', async () => {
    await seedMessages(world, room, words(2))
    await act(bob, 'updateMembership', { channelId: room.id, mutedUntil: new Date(Date.now() + 1_500).toISOString() })
    const { inbox, close } = await inboxOf(world.url, bob)
    expect(inbox.getSnapshot().unread).toEqual({ channels: 0, messages: 0, mentions: 0 })
    await shows(inbox, ({ unread }) => unread.messages === 2)
    close()
  })
})

describe('others', () => {
  it('see that a message has arrived, and then that it was read', async () => {
    const sender = await inboxOf(world.url, ada)
    const reader = await inboxOf(world.url, bob, {}, { acknowledge: true })
    await sender.inbox.open(room.id)
    sender.inbox.send(room.id, 'Hello')
    const mark = () => sender.inbox.getSnapshot().channels[room.id]!.receipts[bob.id]
    await shows(sender.inbox, () => mark()?.deliveredSeq === 1)
    expect(mark()?.readSeq).toBe(0)
    await reader.inbox.markRead(room.id)
    await shows(sender.inbox, () => mark()?.readSeq === 1)
    sender.close()
    reader.close()
  })

  it('are shown as they type and come and go', async () => {
    const watcher = await inboxOf(world.url, ada)
    const typist = await inboxOf(world.url, bob)
    await shows(watcher.inbox, ({ presence }) => presence[bob.id]?.status === 'ONLINE')
    typist.inbox.typing(room.id)
    typist.inbox.typing(room.id)
    const typing = () => watcher.inbox.getSnapshot().channels[room.id]!.typing
    await shows(watcher.inbox, () => typing().length === 1)
    expect(typing()).toEqual([bob.id])
    expect(watcher.inbox.getSnapshot().users[bob.id]?.handle).toBe(bob.handle)
    typist.inbox.typing(room.id, false)
    await shows(watcher.inbox, () => typing().length === 0)
    typist.close()
    watcher.close()
  })

  it('react, and one knows whether oneself did', async () => {
    await seedMessages(world, room, words(1))
    const { inbox, close } = await inboxOf(world.url, bob)
    const reactions = () => inbox.getSnapshot().channels[room.id]!.messages[0]!.reactions
    await react(ada, { id: idAt(room.id, 1) }, '👍')
    await shows(inbox, () => reactions().length === 1)
    expect(reactions()).toEqual([{ emoji: '👍', count: 1, viewerReacted: false }])
    await react(bob, { id: idAt(room.id, 1) }, '👍')
    await shows(inbox, () => reactions()[0]?.count === 2)
    expect(reactions()).toEqual([{ emoji: '👍', count: 2, viewerReacted: true }])
    close()
  })
})

it('signs in by the cookie where a browser does', async () => {
  const person = await signUp(world, 'surfer')
  const origin = 'http://localhost:4000'
  const jar = new Map<string, string>()
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const asked: RequestInit[] = []
  const browser: typeof fetch = async (url, init) => {
    asked.push(init!)
    const response = await fetch(url, { ...init, headers: { ...(init!.headers as Record<string, string>), origin, cookie: cookie() } })
    for (const [, name, value] of response.headers.getSetCookie().map((set) => /^([^=]+)=([^;]*)/.exec(set)!)) jar.set(name!, value!)
    return response
  }
  class BrowserSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: { origin, cookie: cookie() } })
    }
  }
  const parley = createParley({ url: world.url, fetch: browser, webSocket: BrowserSocket as unknown as typeof globalThis.WebSocket })
  await unwrap(parley.signIn({ login: person.handle, password: person.password }))
  const inbox = parley.inbox()
  await inbox.ready
  expect(inbox.getSnapshot().viewer?.userId).toBe(person.id)
  expect(asked.map(({ credentials, headers }) => [credentials, 'authorization' in headers!])).toEqual(asked.map(() => ['include', false]))
  await unwrap(parley.signOut())
  await shows(inbox, ({ status }) => status.phase === 'ended')
  parley.close()
})
