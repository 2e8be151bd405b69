import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'
import { type Program, run } from '../support/program.ts'
import { createWorld, type World } from '../support/world.ts'

// `npm run demo:chat` as two people who talk, with what they type piped in.

let database: TestDatabase
let world: World
const running: Program[] = []

beforeAll(async () => {
  database = await createDatabase()
  world = await createWorld({ databaseUrl: database.url, env: { DEMO: 'true' } })
})
afterAll(async () => {
  await Promise.all(running.map((program) => program.kill()))
  await world.stop()
  await database.drop()
})

const chat = (...args: string[]): Program => {
  const program = run('examples/chat/main.ts', { args, env: { PARLEY_URL: world.url } })
  running.push(program)
  return program
}

it('is a conversation of two, and goes on where it was when the server comes back', async () => {
  const ada = chat('ada', 'welcome')
  const grace = chat('grace', 'welcome')
  for (const person of [ada, grace]) await person.line('— Welcome —')
  for (const person of [ada, grace]) await person.line('linus: And it came over one WebSocket.')

  ada.say('Good morning!')
  await grace.line('ada: Good morning!')
  await ada.line('grace has read it')
  grace.say('Good morning, Ada.')
  await ada.line('grace: Good morning, Ada.')

  const { port } = new URL(world.url)
  await world.stop()
  for (const person of [ada, grace]) await person.line('the server is away')
  ada.say('Are you still there?')
  ada.say('It seems not.')
  world = await createWorld({ databaseUrl: database.url, env: { PORT: port } })
  for (const person of [ada, grace]) await person.line('ada: It seems not.')
  grace.say('Here I am.')
  for (const person of [ada, grace]) await person.line('grace: Here I am.')
  const heard = grace.said().filter((line) => /^(ada|grace): /.test(line))
  expect(heard.slice(-5)).toEqual([
    'ada: Good morning!',
    'grace: Good morning, Ada.',
    'ada: Are you still there?',
    'ada: It seems not.',
    'grace: Here I am.',
  ])
})

it('shows what is said elsewhere, and goes there', async () => {
  const ada = chat('ada', 'welcome')
  await ada.line('linus: And it came over one WebSocket.')
  const grace = chat('grace', 'analytical')
  await grace.line('— Analytical engine —')
  await grace.line('grace: Then let us find the bugs in it first.')
  grace.say('Found one.')
  await ada.line('[Analytical engine] grace: Found one.')
  ada.say('/list')
  const [number] = /^\/\d+/.exec(await ada.line(/Analytical engine \(\d unread\)/))!
  ada.say(number)
  await ada.line('— Analytical engine —')
  await ada.line(/^grace: Found one\./)
  ada.say('/quit')
  expect(await ada.ended()).toBe(0)
})

it('lets somebody in who is in no channel yet', async () => {
  const margaret = chat('margaret')
  await margaret.line('— Welcome —')
  margaret.say('Hello everybody')
  expect(await margaret.line('Hello everybody')).toBe('margaret: Hello everybody')
})

it('says in one line what to do when it cannot begin', async () => {
  const stranger = chat('nobody')
  expect(await stranger.ended()).toBe(1)
  expect(stranger.said()).toEqual([expect.stringMatching(/^nobody can't sign in: .* The demo people are ada, /)])

  const lonely = run('examples/chat/main.ts', { env: { PARLEY_URL: 'http://127.0.0.1:1' } })
  expect(await lonely.ended()).toBe(1)
  expect(lonely.said()).toEqual(['No Parley answers at http://127.0.0.1:1. Start one in another terminal: npm start'])
})
