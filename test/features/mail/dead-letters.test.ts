import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Mail, MailRefused } from '../../../src/ports/mailer.ts'
import { mutate, type Person, query, signUp } from '../../support/people.ts'
import { seedPerson } from '../../support/seed.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let admin: Person
let broken = true
const sent: Mail[] = []
beforeAll(async () => {
  const send = async (mail: Mail) => {
    if (broken) throw new MailRefused(`No such mailbox: ${mail.to}`, null)
    sent.push(mail)
  }
  world = await createWorld({ mailer: { send } })
  admin = await seedPerson(world, { role: 'ADMIN' })
  for (const handle of ['ada', 'grace', 'alan']) {
    await signUp(world, handle)
    await world.app.settled()
  }
})
afterAll(() => world.stop())

type Edge = { cursor: string; node: { id: string; to: string } & Record<string, unknown> }
const list = async (args = 'first: 50') => {
  const fields = 'id priority to subject tries lastError createdAt at'
  const { deadLetters } = await query<{ deadLetters: { edges: Edge[]; pageInfo: { hasNextPage: boolean } } }>(
    admin.client,
    `{ deadLetters(${args}) { edges { cursor node { ${fields} } } pageInfo { hasNextPage } } }`,
  )
  return deadLetters
}
const to = ({ edges }: { edges: Edge[] }) => edges.map(({ node }) => node.to.split('@')[0])

it('are listed for administrators, the newest first, by pages, and what they say is not', async () => {
  const { edges } = await list()
  expect(to({ edges })).toEqual(['alan', 'grace', 'ada'])
  expect(edges[2]!.node).toMatchObject({
    priority: 'SECRET',
    to: 'ada@example.org',
    subject: 'Confirm your e-mail address',
    tries: 1,
    lastError: 'No such mailbox: ada@example.org',
  })
  const { result, statements } = await world.statements(() => list('first: 2'))
  expect(to(result)).toEqual(['alan', 'grace'])
  expect(statements.filter((text) => text.includes('mails'))).toHaveLength(1)
  expect(result.pageInfo.hasNextPage).toBe(true)
  expect(to(await list(`first: 2, after: "${result.edges[1]!.cursor}"`))).toEqual(['ada'])
  expect(to(await list(`last: 2, before: "${edges[2]!.cursor}"`))).toEqual(['alan', 'grace'])
})

it('are sent after all, once, with what they said', async () => {
  broken = false
  const { edges } = await list()
  const { id } = edges[2]!.node
  expect(await mutate(admin.client, 'retryDeadLetter', { id }, 'id')).toMatchObject({ __typename: 'RetryDeadLetterPayload', id })
  await world.app.settled()
  expect(sent).toMatchObject([{ to: 'ada@example.org', subject: 'Confirm your e-mail address' }])
  expect(to(await list())).toEqual(['alan', 'grace'])
  expect(await mutate(admin.client, 'retryDeadLetter', { id })).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' })
  await world.app.settled()
  expect(sent).toHaveLength(1)
})

it.each(['no id', 'VXNlcjox', ''])('«%s» is none', async (id) => {
  expect(await mutate(admin.client, 'retryDeadLetter', { id })).toMatchObject({ __typename: 'NotFound' })
})

it('are none any more once nobody waits for them', async () => {
  const [newest] = (await list()).edges
  await world.app.database.pool.query(
    "UPDATE mails SET not_after = now() - interval '1 second' WHERE state = 'DEAD' AND recipient LIKE 'alan@%'",
  )
  expect(newest!.node.to).toBe('alan@example.org')
  expect(await mutate(admin.client, 'retryDeadLetter', { id: newest!.node.id })).toMatchObject({ __typename: 'NotFound' })
})

it('go with the account that they were for', async () => {
  broken = true
  const person = await signUp(world, 'leaving')
  await world.app.settled()
  expect(to(await list())).toContain('leaving')
  expect(await mutate(person.client, 'deleteAccount', { password: person.password })).toMatchObject({ __typename: 'DeleteAccountPayload' })
  expect(to(await list())).not.toContain('leaving')
  const { rows } = await world.app.database.pool.query("SELECT FROM mails WHERE mails::text LIKE '%leaving%'")
  expect(rows).toEqual([])
})
