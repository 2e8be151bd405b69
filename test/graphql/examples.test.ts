import { afterAll, beforeAll, expect, test } from 'vitest'
import { examples } from '../../src/graphql/examples.ts'
import { createClient } from '../support/client.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => void (world = await createWorld({ env: { DEMO: 'true' } })))
afterAll(() => world.stop())

test('one after another, as a newcomer runs them, they show what they say', async () => {
  const browser = createClient(world.url, { origin: world.url })
  const answers = []
  for (const { query } of examples) answers.push(await browser.send(query))
  for (const { errors } of answers) expect(errors).toBeUndefined()
  const [signUp, signIn, whoAmI, sessions, directory] = answers.map(({ data }) => data)
  expect(signUp).toMatchObject({ signUp: { viewer: { user: { handle: 'newcomer' } } } })
  expect(signIn).toMatchObject({ signIn: { token: expect.any(String) } })
  expect(whoAmI).toMatchObject({ viewer: { user: { handle: 'ada' } } })
  expect(sessions).toMatchObject({ viewer: { sessions: [{ current: true }] } })
  expect(directory).toMatchObject({ users: { edges: [{ node: { handle: 'ada' } }, { node: { handle: 'alan' } }] } })
})
