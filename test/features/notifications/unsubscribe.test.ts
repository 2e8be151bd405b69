import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mutate, type Person, query, viewerOf } from '../../support/people.ts'
import { keyOf, type SeededChannel, seedGroup, seedPerson } from '../../support/seed.ts'
import { createDatabase } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let grace: Person
let channel: SeededChannel
beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  ada = await seedPerson(world)
  grace = await seedPerson(world)
  channel = await seedGroup(world, { owners: [grace], members: [ada] })
})
afterAll(() => world.stop())

const linkFor = (person: Person, about: SeededChannel | null) =>
  world.app.unsubscribe.urlFor(keyOf(person.id), about && about.key).replace('http://localhost:4000', world.url)

const oneClick = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' }

const levelOf = async (person: Person) => {
  const { channel: found } = await query<{ channel: { membership: { notificationLevel: string; version: number } } }>(
    person.client,
    'query ($id: ID!) { channel(id: $id) { membership { notificationLevel version } } }',
    { id: channel.id },
  )
  return found.membership
}
const mailsOf = async (person: Person) =>
  (await viewerOf(person.client, 'settings { emailNotifications } version')) as Record<string, unknown>
const both = async (person: Person) => ({ level: await levelOf(person), mails: await mailsOf(person) })

describe('one click, signed out', () => {
  it('ends mails about a conversation, and tells the app', async () => {
    const socket = await ada.connect()
    const id = socket.start(
      'subscription { inboxEvents { ... on MembershipChanged { membership { notificationLevel } } ... on StreamReady { replayed } } }',
    )
    await socket.nextOf(id)
    const response = await fetch(linkFor(ada, channel), oneClick)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('You get no more mails about this conversation.')
    // The sweep may tell of their having come there before.
    await until(async () => JSON.stringify((await socket.nextOf(id)).payload!.data).includes('"notificationLevel":"NONE"'))
    await socket.close()
    expect(await both(ada)).toMatchObject({
      level: { notificationLevel: 'NONE' },
      mails: { settings: { emailNotifications: 'MENTIONS_AND_DIRECT' } },
    })
    expect(await levelOf(grace)).toMatchObject({ notificationLevel: 'ALL' })
  })

  it('ends all mails about messages', async () => {
    const response = await fetch(linkFor(ada, null), oneClick)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('You get no more mails about messages.')
    expect(await both(ada)).toMatchObject({ level: { notificationLevel: 'ALL' }, mails: { settings: { emailNotifications: 'NONE' } } })
    expect(await mailsOf(grace)).toMatchObject({ settings: { emailNotifications: 'MENTIONS_AND_DIRECT' } })
  })

  it('may come in parts, as the standard has it', async () => {
    const body = new FormData()
    body.set('List-Unsubscribe', 'One-Click')
    expect((await fetch(linkFor(ada, channel), { method: 'POST', body })).status).toBe(200)
    expect(await levelOf(ada)).toMatchObject({ notificationLevel: 'NONE' })
  })

  it('changes nothing the second time', async () => {
    for (const about of [channel, null]) await fetch(linkFor(ada, about), oneClick)
    const before = await both(ada)
    for (const about of [channel, null]) expect((await fetch(linkFor(ada, about), oneClick)).status).toBe(200)
    expect(await both(ada)).toEqual(before)
  })

  it('says the same of a conversation that one has left, and of an account that is gone', async () => {
    const [one, all] = [linkFor(ada, channel), linkFor(ada, null)]
    expect(await mutate(ada.client, 'leaveChannel', { channelId: channel.id })).toMatchObject({ __typename: 'LeaveChannelPayload' })
    expect((await fetch(one, oneClick)).status).toBe(200)
    expect(await mutate(ada.client, 'deleteAccount', { password: ada.password })).toMatchObject({ __typename: 'DeleteAccountPayload' })
    for (const link of [one, all]) expect((await fetch(link, oneClick)).status).toBe(200)
  })
})

describe('what is no click', () => {
  it('GET and HEAD change nothing and show a button', async () => {
    const before = await both(ada)
    for (const [about, title] of [
      [channel, 'No more mails about this conversation?'],
      [null, 'No more mails about messages?'],
    ] as const) {
      const page = await fetch(linkFor(ada, about))
      expect(page.status).toBe(200)
      const html = await page.text()
      expect(html).toContain(title)
      expect(html).toContain('<form method="post"><button name="List-Unsubscribe" value="One-Click">')
      expect(page.headers.get('content-security-policy')).toContain("form-action 'self'")
      expect(page.headers.get('cache-control')).toBe('no-store')
      expect(page.headers.get('set-cookie')).toBeNull()
      expect((await fetch(linkFor(ada, about), { method: 'HEAD' })).status).toBe(200)
    }
    expect(await both(ada)).toEqual(before)
  })

  it.each([
    ['an empty body', ''],
    ['another word', 'List-Unsubscribe=Maybe'],
    ['far too much', `${'x'.repeat(100_000)}&List-Unsubscribe=One-Click`],
  ])('POST with %s is 400 and changes nothing', async (_name, body) => {
    const before = await both(ada)
    expect((await fetch(linkFor(ada, channel), { ...oneClick, body })).status).toBe(400)
    expect(await both(ada)).toEqual(before)
  })

  it('no other method is taken', async () => {
    const response = await fetch(linkFor(ada, channel), { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })
})

describe('a link', () => {
  /** The bytes of a token: person, conversation, signature. */
  const bytesOf = (link: string) => Buffer.from(new URL(link).searchParams.get('token')!, 'base64url')
  const withToken = (token: string) => `${world.url}/unsubscribe?token=${encodeURIComponent(token)}`

  it('that was changed anywhere opens nothing', async () => {
    const before = { ada: await both(ada), grace: await both(grace) }
    const [one, all, hers] = [linkFor(ada, channel), linkFor(ada, null), linkFor(grace, channel)].map(bytesOf) as [Buffer, Buffer, Buffer]
    const flipped = Array.from(one.keys(), (place) => {
      const bytes = Buffer.from(one)
      bytes[place]! ^= 1
      return bytes.toString('base64url')
    })
    const token = one.toString('base64url')
    const forged = [
      ...flipped,
      Buffer.concat([hers.subarray(0, 32), one.subarray(32)]).toString('base64url'),
      Buffer.concat([one.subarray(0, 16), all.subarray(16, 32), one.subarray(32)]).toString('base64url'),
      token.slice(0, -2),
      `${token}AA`,
      `${token}=`,
      ` ${token}`,
      '',
      'x'.repeat(5_000),
    ]
    for (const each of forged) {
      const response = await fetch(withToken(each), oneClick)
      expect([response.status, each]).toEqual([404, each])
    }
    expect((await fetch(`${world.url}/unsubscribe`, oneClick)).status).toBe(404)
    expect({ ada: await both(ada), grace: await both(grace) }).toEqual(before)
  })

  it('is for its person, whoever clicks it', async () => {
    const headers = {
      ...oneClick.headers,
      authorization: `Bearer ${grace.token}`,
      cookie: `parley_session=${grace.token}`,
      origin: 'https://evil.example',
    }
    expect((await fetch(linkFor(ada, null), { ...oneClick, headers })).status).toBe(200)
    expect(await mailsOf(ada)).toMatchObject({ settings: { emailNotifications: 'NONE' } })
    expect(await mailsOf(grace)).toMatchObject({ settings: { emailNotifications: 'MENTIONS_AND_DIRECT' } })
  })

  it('is of its own database: another one knows none of it', async () => {
    const { url, drop } = await createDatabase()
    const client = new Client(url)
    await client.connect()
    await client.query("UPDATE server SET code_key = 'another key'")
    await client.end()
    const other = await createWorld({ databaseUrl: url })
    const link = linkFor(ada, null).replace(world.url, other.url)
    expect((await fetch(link, oneClick)).status).toBe(404)
    await other.stop()
    await drop()
  })
})
