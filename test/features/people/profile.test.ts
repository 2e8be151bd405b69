import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { mutate, type Person, query, signUp, viewerOf } from '../../support/people.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await signUp(world, 'ada')
})
afterAll(() => world.stop())

const profile = 'viewer { version user { version handle displayName avatarUrl bio } }'
const update = (input: object, client = ada.client) => mutate(client, 'updateProfile', input, profile)
const pathsOf = async (input: object) => (await update(input)).issues?.map(({ path }) => path)

describe('a profile', () => {
  it('changes where something is given, and counts its versions', async () => {
    const person = await signUp(world, 'grace', { displayName: 'Grace' })
    expect(await update({ displayName: 'Grace Hopper', bio: ' Compilers\r\nand bugs ' }, person.client)).toMatchObject({
      viewer: {
        version: 1,
        user: { version: 2, handle: 'grace', displayName: 'Grace Hopper', avatarUrl: null, bio: 'Compilers\nand bugs' },
      },
    })
    expect(await update({ handle: 'Admiral', avatarUrl: 'https://example.org/grace.png' }, person.client)).toMatchObject({
      viewer: { user: { version: 3, handle: 'admiral', avatarUrl: 'https://example.org/grace.png', bio: 'Compilers\nand bugs' } },
    })
    expect(await query(ada.client, '{ old: user(handle: "grace") { id } new: user(handle: "ADMIRAL") { id displayName } }')).toEqual({
      old: null,
      new: { id: person.id, displayName: 'Grace Hopper' },
    })
  })

  it('stays the same version where nothing changes', async () => {
    const before = await viewerOf(ada.client, 'user { version }')
    await update({})
    await update({ displayName: 'ada', handle: 'ADA' })
    await update({ displayName: null, handle: null })
    expect(await viewerOf(ada.client, 'user { version }')).toEqual(before)
  })

  it.each([null, '', '  '])('loses picture and text by %j', async (nothing) => {
    await update({ bio: 'Something', avatarUrl: 'https://example.org/ada.png' })
    expect(await update({ bio: nothing, avatarUrl: nothing })).toMatchObject({ viewer: { user: { bio: null, avatarUrl: null } } })
  })

  it('can not take the handle of somebody else', async () => {
    await signUp(world, 'linus')
    expect(await update({ handle: 'LINUS' })).toMatchObject({ __typename: 'Conflict' })
  })

  it.each([
    [{ handle: 'no spaces' }, ['input.handle']],
    [{ handle: '' }, ['input.handle']],
    [{ displayName: '' }, ['input.displayName']],
    [{ avatarUrl: 'http://example.org/ada.png' }, ['input.avatarUrl']],
    [{ avatarUrl: 'javascript:alert(1)' }, ['input.avatarUrl']],
    [{ avatarUrl: `https://example.org/${'x'.repeat(2_000)}` }, ['input.avatarUrl']],
    [{ bio: 'x'.repeat(501) }, ['input.bio']],
    [
      { handle: '?', displayName: '\u200b', avatarUrl: 'ada.png', bio: 'a\0b' },
      ['input.handle', 'input.displayName', 'input.avatarUrl', 'input.bio'],
    ],
  ])('is refused for %j', async (input, paths) => {
    expect(await pathsOf(input)).toEqual(paths)
  })
})

describe('settings', () => {
  const all = 'viewer { version settings { readReceipts emailNotifications pushNotifications quietHours { from to } timeZone } }'
  const set = (input: object, client = ada.client) => mutate(client, 'updateSettings', input, all)

  it('begin as they do, change in part, and count as a change of the viewer', async () => {
    const { client } = await signUp(world, 'hedy')
    expect(await set({}, client)).toMatchObject({
      viewer: {
        version: 1,
        settings: {
          readReceipts: true,
          emailNotifications: 'MENTIONS_AND_DIRECT',
          pushNotifications: true,
          quietHours: null,
          timeZone: 'UTC',
        },
      },
    })
    expect(await set({ readReceipts: false, quietHours: { from: '22:00', to: '07:00' } }, client)).toMatchObject({
      viewer: {
        version: 2,
        settings: { readReceipts: false, emailNotifications: 'MENTIONS_AND_DIRECT', quietHours: { from: '22:00', to: '07:00' } },
      },
    })
    expect(await set({ emailNotifications: 'NONE', pushNotifications: false, timeZone: 'Asia/Kolkata' }, client)).toMatchObject({
      viewer: {
        version: 3,
        settings: {
          readReceipts: false,
          emailNotifications: 'NONE',
          pushNotifications: false,
          quietHours: { from: '22:00', to: '07:00' },
          timeZone: 'Asia/Kolkata',
        },
      },
    })
    expect(await set({ quietHours: null, readReceipts: null, timeZone: null }, client)).toMatchObject({
      viewer: { version: 4, settings: { readReceipts: false, quietHours: null, timeZone: 'Asia/Kolkata' } },
    })
  })

  it.each(['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'UTC', 'Etc/GMT+3', 'Asia/Calcutta'])(
    'know the time zone %s',
    async (timeZone) => {
      expect(await set({ timeZone })).toMatchObject({ viewer: { settings: { timeZone } } })
    },
  )

  it.each([
    [{ timeZone: 'Mars/Olympus' }, ['input.timeZone']],
    [{ timeZone: '+02:00' }, ['input.timeZone']],
    [{ timeZone: '' }, ['input.timeZone']],
    [{ quietHours: { from: '24:00', to: '7:00' } }, ['input.quietHours.from', 'input.quietHours.to']],
    [{ quietHours: { from: '22:00', to: '22:00' } }, ['input.quietHours.to']],
    [{ timeZone: 'a\0', quietHours: { from: '', to: '07:00' } }, ['input.quietHours.from', 'input.timeZone']],
  ])('are refused for %j', async (input, paths) => {
    expect((await set(input)).issues?.map(({ path }) => path)).toEqual(paths)
  })
})

describe('a person', () => {
  it('is found by id, one or many, in the order of the ids', async () => {
    const other = await signUp(world, 'joan')
    const made = Buffer.from('User:019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a').toString('base64url')
    const ids = [other.id, made, ada.id, 'broken', other.id]
    const found = await query(ada.client, 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { handle } } }', { ids })
    expect(found).toEqual({ nodes: [{ handle: 'joan' }, null, { handle: 'ada' }, null, { handle: 'joan' }] })
    expect(await query(ada.client, 'query ($id: ID!) { node(id: $id) { id __typename } }', { id: other.id })).toEqual({
      node: { id: other.id, __typename: 'User' },
    })
  })

  it('costs one statement for many of them', async () => {
    const ids = [ada.id, (await signUp(world, 'karen')).id, (await signUp(world, 'lynn')).id]
    const ask = () => query(ada.client, 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { handle } } }', { ids })
    const { statements } = await world.statements(ask)
    expect(statements.filter((text) => /FROM "public"."users"/.test(text))).toHaveLength(1)
    expect(statements.length).toBeLessThanOrEqual(2)
  })

  it.each(['', 'ab', 'x'.repeat(200), 'nobody', '%', '@ada'])('of the handle %j is nobody', async (handle) => {
    expect(await query(ada.client, 'query ($handle: String!) { user(handle: $handle) { id } }', { handle })).toEqual({ user: null })
  })
})

describe('the viewer', () => {
  it('is nobody when signed out', async () => {
    expect(await viewerOf(ada.client.as(''), 'user { id }')).toBe('UNAUTHENTICATED')
    const { data } = await createClient(world.url).send('{ viewer { user { id } } }')
    expect(data).toEqual({ viewer: null })
  })

  it('may be asked for as little as its type', async () => {
    expect(await query(ada.client, '{ viewer { __typename settings { __typename } } user(handle: "ada") { __typename } }')).toEqual({
      viewer: { __typename: 'Viewer', settings: { __typename: 'ViewerSettings' } },
      user: { __typename: 'User' },
    })
    expect(await mutate(ada.client, 'updateProfile', {}, 'viewer { __typename }')).toMatchObject({ viewer: { __typename: 'Viewer' } })
    expect(await mutate(ada.client, 'updateProfile', {}, '__typename')).toMatchObject({ __typename: 'UpdateProfilePayload' })
  })
})
