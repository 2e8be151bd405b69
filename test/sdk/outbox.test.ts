import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Inbox } from '../../src/sdk/index.ts'
import { conversation, ends } from '../support/channels.ts'
import { type Door, openDoor } from '../support/door.ts'
import type { Person } from '../support/people.ts'
import { inboxOf, live, said, shows } from '../support/sdk.ts'
import { type SeededChannel, seedGroup, seedPerson } from '../support/seed.ts'
import { send } from '../support/talk.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
let bob: Person
let room: SeededChannel
let door: Door
let inbox: Inbox
let close: () => void
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  ada = await seedPerson(world)
  bob = await seedPerson(world)
  room = await seedGroup(world, { owners: [ada], members: [bob] })
  door = await openDoor({ host: '127.0.0.1', port: Number(new URL(world.url).port) })
  const opened = await inboxOf(`http://127.0.0.1:${door.port}`, bob)
  inbox = opened.inbox
  close = opened.close
  await inbox.open(room.id)
})
afterEach(async () => {
  close()
  await door.close()
})

const isSettled = () => inbox.getSnapshot().channels[room.id]!.pending.length === 0

describe('what one says', () => {
  it('is shown at once, and then stands in its place', async () => {
    inbox.send(room.id, 'Hello')
    expect(said(inbox, room.id)).toEqual(['Hello…'])
    await shows(inbox, isSettled)
    expect(said(inbox, room.id)).toEqual(['Hello'])
    expect(await conversation(ada, room.id)).toEqual(['Hello'])
  })

  it('waits while the door is shut, and arrives once and in order', async () => {
    await door.shut()
    await shows(inbox, ({ status }) => status.phase === 'offline')
    const words = ['one', 'two', 'three', 'four', 'five']
    for (const word of words) inbox.send(room.id, word)
    expect(said(inbox, room.id)).toEqual(words.map((word) => `${word}…`))
    await send(ada, room.id, 'from ada')
    await door.open()
    await shows(inbox, () => live(inbox) && isSettled())
    expect(await conversation(ada, room.id)).toEqual(['from ada', ...words])
    expect(said(inbox, room.id)).toEqual(['from ada', ...words])
  })

  it('that waits and is taken away is not sent', async () => {
    await door.shut()
    const ids = ['one', 'two', 'three'].map((word) => inbox.send(room.id, word))
    inbox.discard(ids[0]!)
    inbox.discard(ids[2]!)
    inbox.send(room.id, 'four')
    expect(said(inbox, room.id)).toEqual(['two…', 'four…'])
    await door.open()
    await shows(inbox, isSettled)
    expect(await conversation(ada, room.id)).toEqual(['two', 'four'])
  })

  it('waits while no token can be got', async () => {
    close()
    let isAway = false
    const getToken = async () => {
      if (isAway) throw new TypeError('fetch failed')
      return bob.token
    }
    const opened = await inboxOf(`http://127.0.0.1:${door.port}`, bob, { token: undefined, getToken })
    inbox = opened.inbox
    close = opened.close
    isAway = true
    door.cut()
    inbox.send(room.id, 'one')
    inbox.send(room.id, 'two')
    await shows(inbox, ({ status }) => status.phase === 'offline')
    expect(said(inbox, room.id)).toEqual(['one…', 'two…'])
    isAway = false
    await shows(inbox, isSettled)
    expect(await conversation(ada, room.id)).toEqual(['one', 'two'])
  })

  it('fails when there is nobody signed in any more', async () => {
    await door.shut()
    inbox.send(room.id, 'too late')
    await world.app.database.prisma.session.deleteMany({})
    await door.open()
    await shows(inbox, ({ status }) => status.phase === 'ended')
    expect(said(inbox, room.id)).toEqual(['too late!'])
  })

  it('comes once though the answer is lost, as often as that happens', async () => {
    const words = Array.from({ length: 20 }, (_, n) => `word ${n}`)
    for (const word of words) inbox.send(room.id, word)
    let cuts = 0
    while (!isSettled()) {
      if (cuts++ < 15) door.cut()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await conversation(ada, room.id)).toEqual(words)
    await shows(inbox, () => said(inbox, room.id).length === words.length)
    expect(said(inbox, room.id)).toEqual(words)
  })

  it('keeps its place among what others say meanwhile', async () => {
    await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        inbox.send(room.id, `mine ${n}`)
        await send(ada, room.id, `hers ${n}`)
      }),
    )
    await shows(inbox, () => isSettled() && said(inbox, room.id).length === 20)
    expect(said(inbox, room.id)).toEqual(await conversation(ada, room.id))
  })

  it('fails with its reason, holds nothing up, and may be tried again or taken away', async () => {
    const id = inbox.send(room.id, '')
    const other = inbox.send(room.id, ' ')
    inbox.send(room.id, 'fine')
    await shows(inbox, () => said(inbox, room.id)[0] === 'fine')
    expect(said(inbox, room.id)).toEqual(['fine', '!', ' !'])
    const [failed] = inbox.getSnapshot().channels[room.id]!.pending
    expect(failed).toMatchObject({ clientId: id, status: 'failed', failure: { code: 'INVALID_INPUT', issues: [{ path: 'input.text' }] } })
    inbox.discard(other)
    expect(said(inbox, room.id)).toEqual(['fine', '!'])

    await ends(ada, 'archiveChannel', { channelId: room.id, archived: true })
    const late = inbox.send(room.id, 'late')
    await shows(inbox, () => said(inbox, room.id).at(-1) === 'late!')
    await ends(ada, 'archiveChannel', { channelId: room.id, archived: false })
    inbox.retry(late)
    await shows(inbox, () => said(inbox, room.id).filter((text) => text === 'late').length === 1)
    expect((await conversation(ada, room.id))!.filter((text) => text === 'late')).toHaveLength(1)
  })
})
