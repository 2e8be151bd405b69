import { execFileSync, spawn } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isLike } from '../docs/answers.ts'
import { createClient } from '../support/client.ts'
import { connect } from '../support/socket.ts'
import { tryAlerts } from './alerts.ts'
import { openScript } from './blocks.ts'
import { clientsServer, clusterIn, makeHome } from './cluster.ts'
import { mayBeOthers } from './engine/image.ts'
import { expect, finished, step, type } from './terminal.ts'

// docs/operating.md: a container, its backup, the restore of it, alerts, and all of compose.yaml.

const url = 'http://localhost:4000'
const host = 'db.example.org'
const libpq = { PGHOST: host, PGUSER: 'parley', PGPASSWORD: 'secret' }

type SignedUp = { signUp: { token?: string } }
type Viewer = { viewer: { cursor: string } | null }

async function ready(program: { ended(): Promise<number | null>; said(): string[] }): Promise<void> {
  let over = false
  void program.ended().then(() => (over = true))
  for (const deadline = Date.now() + 240_000; ; await pause(100)) {
    expect(!over && Date.now() < deadline, `No server comes up:\n${program.said().join('\n')}`)
    const answer = await fetch(`${url}/readyz?optional=bus`).catch(() => undefined)
    if (answer?.ok) return
  }
}

async function signUp(handle: string): Promise<string> {
  const input = { email: `${handle}@example.com`, password: 'a long password', handle, displayName: handle }
  const sign = 'mutation ($input: SignUpInput!) { signUp(input: $input) { ... on SignUpPayload { token } } }'
  const { data, errors } = await createClient(url).send<SignedUp>(sign, { input })
  expect(data?.signUp.token !== undefined, `Signing up was answered with ${JSON.stringify(data ?? errors)}.`)
  return data.signUp.token
}

async function cursorOf(token: string): Promise<string> {
  const { data } = await createClient(url, { token }).send<Viewer>('{ viewer { cursor } }')
  expect(data?.viewer != null, 'Somebody is signed out.')
  return data.viewer.cursor
}

/** What a client is told that comes back with this cursor, once what comes again from the last second is past. */
async function toldAfter(token: string, after: string): Promise<string> {
  const socket = await (await connect(url)).init({ authorization: `Bearer ${token}` })
  const text = 'subscription ($after: StreamCursor) { inboxEvents(after: $after) { __typename ... on ResyncRequired { reason } } }'
  const id = socket.start(text, { after })
  for (;;) {
    const { payload } = await socket.nextOf(id)
    const { __typename, reason } = (payload as { data: { inboxEvents: { __typename: string; reason?: string } } }).data.inboxEvents
    if (__typename !== 'StreamReady' && __typename !== 'ResyncRequired') continue
    await socket.close()
    return reason ? `${__typename}(${reason})` : __typename
  }
}

/** Who runs the built server in this namespace. */
const usersOfServers = () =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && existsSync(`/proc/${pid}/cmdline`))
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('node\0--enable-source-maps'))
    .map((pid) => statSync(`/proc/${pid}`).uid)

const socketsAt = async (address: string) =>
  Number(/^parley_sockets (\d+)$/m.exec(await (await fetch(`http://${address}:4000/metrics`)).text())?.[1])

type Package = { devDependencies: Record<string, string>; optionalDependencies: Record<string, string> }

function shipsOnlyWhatRuns(): void {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Package
  const names = Object.keys({ ...manifest.devDependencies, ...manifest.optionalDependencies }).filter((name) => !name.startsWith('@types/'))
  const [modules] = globSync(path.join(process.env.ENGINE!, 'images/*/last/app/node_modules'))
  const extra = names.filter((name) => existsSync(path.join(modules!, name)))
  expect(extra.length === 0, `The image has packages that only development needs: ${extra.join(', ')}.`)
}

async function database(folder: string): Promise<() => void> {
  const binaries = clientsServer()
  const [program = '', ...args] = clusterIn(makeHome(folder), { binaries, user: 'parley', password: 'secret' })
  const server = spawn(program, args, { cwd: '/', env: {}, stdio: 'ignore' })
  while ((await finished(type(`pg_isready --host=${host} || true`, '/'), 'pg_isready')).includes('no response')) await pause(50)
  return () => void server.kill('SIGINT')
}

export async function operator(repository: string, folder: string): Promise<void> {
  const checkout = path.join(folder, 'parley')
  execFileSync('git', ['clone', '--quiet', repository, checkout])
  const script = openScript('docs/operating.md')
  const stopDatabase = await database(path.join(folder, 'database'))

  const container = script.take('docker build').text
  const compose = script.take('echo "POSTGRES_PASSWORD').text
  let server = type(container, checkout)
  await ready(server)
  shipsOnlyWhatRuns()
  const [user, ...others] = usersOfServers()
  expect(user !== undefined && others.length === 0 && (!mayBeOthers || user !== 0), 'The server runs as root.')
  const token = await signUp('ada')
  const cursor = await cursorOf(token)
  const told = await toldAfter(token, cursor)
  expect(told === 'StreamReady', `With a cursor of just now a client is told ${told}.`)
  const mails = path.join(process.env.ENGINE!, 'volumes/parley/mail')
  for (const deadline = Date.now() + 10_000; !existsSync(mails); await pause(50)) expect(Date.now() < deadline, 'No mail is in the volume.')
  const metrics = await (await fetch(`${url}/metrics`)).text()
  step('a container is built, runs as nobody special, and somebody signed up')

  const dumped = { DATABASE_URL: /DATABASE_URL=(\S+)/.exec(container)![1]! }
  await finished(type(script.take('pg_dump').text, folder, dumped), 'pg_dump')
  const stop = async () => {
    server.interrupt()
    await finished(server, 'The server')
  }
  await stop()
  await finished(type(script.take('createdb').text, folder, libpq), 'pg_restore')
  const onRestored = container.slice(container.indexOf('docker run')).replace(`@${host}/parley`, `@${host}/parley_restored`)
  server = type(onRestored, checkout)
  await ready(server)
  const restored = await toldAfter(token, cursor)
  expect(restored === 'ResyncRequired(CURSOR_INVALID)', `After a restore a client is told ${restored}.`)
  expect((await cursorOf(token)) !== cursor, 'After a restore the cursor is the same.')
  await stop()
  stopDatabase()
  step('its backup is restored: nobody is signed out, a cursor from before is refused')

  tryAlerts(script.take('groups:').text, metrics, folder)
  step('alerts are silent on what the server measures, and each is raised by what it is for')

  server = type(compose, checkout)
  await ready(server)
  const tokens = [await signUp('ada'), await signUp('grace')]
  const sockets = []
  for (const token of tokens) sockets.push(await (await connect(url)).init({ authorization: `Bearer ${token}` }))
  const addresses = server.said().flatMap((line) => /^server-\d has (\S+)/.exec(line)?.slice(1) ?? [])
  const held = await Promise.all(addresses.map(socketsAt))
  expect(isLike(held, [1, 1]), `Of two sockets the servers have ${held.join(' and ')}.`)
  await talk(sockets)
  expect((await fetch(`${url}/metrics`)).status === 404, 'Numbers can be read from outside.')
  for (const socket of sockets) await socket.close()
  await stop()
  const ends = server.said().filter((line) => /^server-\d exited with code 0$/.test(line))
  expect(ends.length === 2, `The servers did not end well:\n${server.said().join('\n')}`)
  step('compose.yaml is up: two people talk through its proxy, and it goes down')
  script.end()
}

/** The first makes a channel, the second joins, and hears the first over Redis. */
async function talk([one, other]: Awaited<ReturnType<typeof connect>>[]): Promise<void> {
  const ask = async (socket: typeof one, text: string, variables: object) =>
    (await socket!.run(text, variables as Record<string, unknown>)).data as Record<string, Record<string, { id: string }>>
  const made = await ask(
    one,
    'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { ... on CreateChannelPayload { channel { id } } } }',
    { input: { kind: 'PUBLIC', name: 'Engines' } },
  )
  const channelId = made.createChannel!.channel!.id
  await ask(other, 'mutation ($input: JoinChannelInput!) { joinChannel(input: $input) { __typename } }', { input: { channelId } })
  const id = other!.start('subscription ($id: ID!) { messageAdded(channelId: $id, afterSeq: 0) { message { text } } }', { id: channelId })
  await ask(one, 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }', {
    input: { channelId, text: 'Do you hear me?', clientId: crypto.randomUUID() },
  })
  while (!JSON.stringify(await other!.nextOf(id)).includes('Do you hear me?'));
}
