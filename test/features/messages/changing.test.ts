import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heldClock } from '../../support/clock.ts'
import { mutate, type Outcome, type Person } from '../../support/people.ts'
import { seedDirect, seedGroup, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { edit, idAt, look, messageOf, react, read, remove, type Said, send } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

const day = 86_400_000
// Messages are dated by the database, what comes after them by this clock.
const clock = heldClock(new Date().toISOString())

let world: World
let ada: Person
let bob: Person
let mod: Person
let eve: Person
let admin: Person
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld({ clock })
  ;[ada, bob, mod, eve] = await Promise.all([seedPerson(world), seedPerson(world), seedPerson(world), seedPerson(world)])
  admin = await seedPerson(world, { role: 'ADMIN' })
  room = await seedGroup(world, { owners: [ada], moderators: [mod], members: [bob] })
})
afterAll(() => world.stop())

/** The code of a refusal that shows and changes nothing. */
async function refused(doing: Promise<Outcome>, message: Said, seenBy: Person): Promise<string | undefined> {
  const { code, ...rest } = await doing
  expect(rest).toEqual({ __typename: expect.any(String), reason: expect.stringMatching(/./) })
  expect((await look(seenBy, message))?.version).toBe(message.version)
  return code
}

describe('editing', () => {
  it('changes the text, says when, and counts the version', async () => {
    const message = await send(bob, room.id, 'Helo')
    const edited = messageOf(await edit(bob, message, { text: 'Hello' }))
    expect(edited).toEqual({ ...message, text: 'Hello', version: 2, editedAt: clock.now().toISOString() })
    expect(await look(ada, message)).toEqual(edited)
    expect(messageOf(await edit(bob, message, { text: 'Hello!', expectedVersion: 2 })).version).toBe(3)
  })

  it('to what it says already changes nothing', async () => {
    const message = await send(bob, room.id, 'Hello')
    expect(messageOf(await edit(bob, message, { text: ' Hello\r\n' }))).toEqual(message)
  })

  it('is for its sender alone, an administrator and the owner included', async () => {
    const message = await send(bob, room.id, 'Mine')
    for (const person of [ada, mod]) expect(await refused(edit(person, message, { text: 'Yours' }), message, bob)).toBe('FORBIDDEN')
    for (const person of [eve, admin]) expect(await refused(edit(person, message, { text: 'Yours' }), message, bob)).toBe('NOT_FOUND')
    const hall = await seedPublic(world, { owners: [ada], members: [bob] })
    const spoken = await send(bob, hall.id, 'Mine')
    for (const person of [ada, eve, admin]) expect(await refused(edit(person, spoken, { text: 'Yours' }), spoken, bob)).toBe('FORBIDDEN')
  })

  it('is not for who has left, and again for who is back', async () => {
    const hall = await seedPublic(world, { owners: [ada], members: [bob] })
    const message = await send(bob, hall.id, 'Mine')
    await mutate(bob.client, 'leaveChannel', { channelId: hall.id })
    expect(await refused(edit(bob, message, { text: 'Still mine' }), message, ada)).toBe('FORBIDDEN')
    await mutate(bob.client, 'joinChannel', { channelId: hall.id })
    expect(messageOf(await edit(bob, message, { text: 'Still mine' })).text).toBe('Still mine')
  })

  it('works for thirty days', async () => {
    const message = await send(bob, room.id, 'Then')
    await world.app.database.prisma.message.update({
      where: { channelId_seq: { channelId: room.key, seq: message.seq } },
      data: { createdAt: new Date(clock.now().getTime() - 30 * day) },
    })
    const edited = messageOf(await edit(bob, message, { text: 'Now' }))
    expect(edited.text).toBe('Now')
    clock.forward(1)
    expect(await refused(edit(bob, message, { text: 'Later' }), edited, ada)).toBe('CONFLICT')
    expect(messageOf(await remove(bob, message)).text).toBeNull()
  })

  it('does not work on what has changed meanwhile', async () => {
    const message = await send(bob, room.id, 'One')
    const changed = messageOf(await react(ada, message, '👍'))
    for (const expectedVersion of [1, 3, 0, -1])
      expect(await refused(edit(bob, message, { text: 'Two', expectedVersion }), changed, ada)).toBe('CONFLICT')
    expect(messageOf(await edit(bob, message, { text: 'Two', expectedVersion: 2 })).version).toBe(3)
    expect(messageOf(await edit(bob, message, { text: 'Three', expectedVersion: null })).version).toBe(4)
  })

  it('by many at once with one expected version works once', async () => {
    const message = await send(bob, room.id, 'One')
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => edit(bob, message, { text: `Try ${n}`, expectedVersion: 1 })))
    expect(outcomes.filter(({ code }) => code === 'CONFLICT')).toHaveLength(7)
    expect(await look(ada, message)).toMatchObject({ version: 2, text: expect.stringMatching(/^Try \d$/) })
  })

  it('does not work on a deleted message, nor in an archived channel', async () => {
    const gone = messageOf(await remove(bob, await send(bob, room.id, 'Gone')))
    expect(await refused(edit(bob, gone, { text: 'Back' }), gone, ada)).toBe('CONFLICT')
    const archive = await seedGroup(world, { owners: [ada], members: [bob] })
    const message = await send(bob, archive.id, 'Kept')
    await mutate(ada.client, 'archiveChannel', { channelId: archive.id, archived: true })
    expect(await refused(edit(bob, message, { text: 'Changed' }), message, ada)).toBe('CONFLICT')
    expect(await refused(remove(bob, message), message, ada)).toBe('CONFLICT')
    expect(await refused(remove(ada, message), message, ada)).toBe('CONFLICT')
  })

  it('keeps its text with the deleted peer of a direct channel', async () => {
    const gone = await seedPerson(world)
    const direct = await seedDirect(world, ada, gone)
    const message = await send(ada, direct.id, 'Helo')
    await mutate(gone.client, 'deleteAccount', { password: gone.password })
    expect(messageOf(await edit(ada, message, { text: 'Hello' })).text).toBe('Hello')
  })
})

describe('deleting', () => {
  it('leaves a tombstone in its place, without text, mentions and reactions', async () => {
    const message = await send(bob, room.id, { text: `Hello @${ada.handle}`, mentionIds: [mod.id] })
    await react(ada, message, '👍')
    await send(bob, room.id, 'After it')
    const gone = messageOf(await remove(bob, message))
    const at = clock.now().toISOString()
    expect(gone).toEqual({ ...message, version: 3, text: null, mentions: [], reactions: [], deletedAt: at })
    expect(await look(ada, message)).toEqual(gone)
    const { edges } = await read(ada, room.id, { last: 2 })
    expect(edges.map(({ node }) => [node.seq, node.text])).toEqual([
      [message.seq, null],
      [message.seq + 1, 'After it'],
    ])
    const where = { channelId: room.key, seq: message.seq }
    expect(await world.app.database.prisma.reaction.count({ where })).toBe(0)
    expect(messageOf(await remove(bob, message))).toEqual(gone)
    expect(messageOf(await remove(mod, message))).toEqual(gone)
  })

  it('is for its sender, for moderators and owners', async () => {
    const message = async () => send(bob, room.id, 'Mine')
    for (const person of [bob, mod, ada]) expect(messageOf(await remove(person, await message())).text).toBeNull()
    const owners = await send(ada, room.id, 'Mine')
    expect(await refused(remove(bob, owners), owners, bob)).toBe('FORBIDDEN')
    expect(messageOf(await remove(mod, owners)).text).toBeNull()
    for (const person of [eve, admin]) {
      const theirs = await message()
      expect(await refused(remove(person, theirs), theirs, bob)).toBe('NOT_FOUND')
    }
  })

  it('is an administrator’s in public channels, from outside as well; nobody else’s from outside', async () => {
    const hall = await seedPublic(world, { owners: [ada], members: [bob] })
    const message = await send(bob, hall.id, 'Spam')
    expect(await refused(remove(eve, message), message, bob)).toBe('FORBIDDEN')
    expect(messageOf(await remove(admin, message))).toMatchObject({ text: null, sender: { handle: bob.handle } })
    const own = await send(bob, hall.id, 'Mine')
    await mutate(bob.client, 'leaveChannel', { channelId: hall.id })
    expect(await refused(remove(bob, own), own, ada)).toBe('FORBIDDEN')
    const group = await seedGroup(world, { owners: [ada], members: [admin] })
    const theirs = await send(ada, group.id, 'Mine')
    expect(await refused(remove(admin, theirs), theirs, ada)).toBe('FORBIDDEN')
  })

  it('is each one’s own in a direct channel', async () => {
    const direct = await seedDirect(world, ada, admin)
    const message = await send(ada, direct.id, 'Mine')
    expect(await refused(remove(admin, message), message, ada)).toBe('FORBIDDEN')
    expect(messageOf(await remove(ada, message)).text).toBeNull()
  })
})

describe('what the server says', () => {
  it('is nobody’s to change, and may be reacted to', async () => {
    const group = await seedGroup(world, { owners: [ada], members: [bob] })
    await mutate(ada.client, 'updateChannel', { channelId: group.id, name: 'Renamed' })
    const notice = (await look(ada, { id: idAt(group.id, 1) }))!
    expect(notice).toMatchObject({ kind: 'SYSTEM', sender: { handle: ada.handle }, clientId: null })
    expect(await refused(edit(ada, notice, { text: 'Not so' }), notice, bob)).toBe('FORBIDDEN')
    expect(await refused(remove(ada, notice), notice, bob)).toBe('FORBIDDEN')
    expect(messageOf(await react(bob, notice, '🎉')).version).toBe(2)
  })
})

describe('a message that is not there', () => {
  const nowhere = () => [idAt(room.id, 999_999), 'nowhere', '', ada.id, room.id].map((id) => ({ id }))

  it('can’t be edited, deleted or reacted to', async () => {
    for (const message of nowhere())
      for (const outcome of [await edit(ada, message, { text: 'x' }), await remove(ada, message), await react(ada, message, '👍')])
        expect(outcome).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('looks like one from before one’s time', async () => {
    const group = await seedGroup(world, { owners: [ada] })
    const early = await send(ada, group.id, 'Before')
    await mutate(ada.client, 'addMembers', { channelId: group.id, userIds: [eve.id] })
    await mutate(ada.client, 'setMemberRole', { channelId: group.id, userId: eve.id, role: 'OWNER' })
    for (const doing of [edit(eve, early, { text: 'x' }), remove(eve, early), react(eve, early, '👍')])
      expect(await refused(doing, early, ada)).toBe('NOT_FOUND')
    expect(await look(eve, early)).toBeNull()
  })
})
