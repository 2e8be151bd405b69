import { afterAll, beforeAll, expect, it } from 'vitest'
import { added, type Event, inbox } from '../support/live.ts'
import { type Person, signUp } from '../support/people.ts'
import { seedGroup, seedPerson } from '../support/seed.ts'
import { edit, send } from '../support/talk.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'
import { apollo } from './apollo.ts'
import { graphqlWs } from './graphql-ws.ts'
import { urql } from './urql.ts'

let world: World
let ada: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world)
})
afterAll(() => world.stop())

const signIn = 'mutation SignIn($input: SignInInput!) { signIn(input: $input) { __typename ... on SignInPayload { token } } }'
const say =
  'mutation Say($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on SendMessagePayload { message { id seq text } } } }'
const viewer = 'query Viewer { viewer { cursor } }'

type Said = { id: string; seq: number; version: number; text: string }

it.each([graphqlWs, urql, apollo])(
  '$name: signs in, says something, hears it live, and goes on after each cut: nothing lost, nothing twice',
  async ({ name, open }) => {
    const { handle, password } = await signUp(world, `bob.${name.toLowerCase().replaceAll(/[^a-z]/g, '')}`)
    // Before there is a token there is no socket: that is done over HTTP.
    const signingIn = name === 'graphql-ws' ? urql.open(world.url) : open(world.url)
    const { signIn: signedIn } = (await signingIn.ask(signIn, { input: { login: handle, password } })) as { signIn: { token: string } }
    signingIn.close()
    const bob = open(world.url, signedIn.token)
    const room = await seedGroup(world, { owners: [ada], members: [{ id: await idOf(handle) } as Person] })
    const { viewer: snapshot } = (await bob.ask(viewer, {})) as { viewer: { cursor: string } }

    const seqs: number[] = []
    const stopMessages = bob.listen(added, { channelId: room.id, afterSeq: 0 }, ({ messageAdded }) =>
      seqs.push((messageAdded as { message: Said }).message.seq),
    )
    /** As a client keeps them: of each the highest version. */
    const kept = new Map<string, Said>()
    const taken: string[] = []
    let ready = 0
    const stopInbox = bob.listen(inbox, { after: snapshot.cursor }, ({ inboxEvents }) => {
      const { __typename, channelId, message } = inboxEvents as Event & { message: Said }
      if (__typename === 'StreamReady') ready++
      if (__typename !== 'MessageAdded' && __typename !== 'MessageChanged') return
      const key = `${channelId}:${message.seq}`
      if ((kept.get(key)?.version ?? 0) >= message.version) return
      kept.set(key, message)
      taken.push(`${message.text} v${message.version}`)
    })
    await until(() => ready === 1)

    const { sendMessage } = (await bob.ask(say, { input: { channelId: room.id, text: 'mine', clientId: crypto.randomUUID() } })) as {
      sendMessage: { message: Said }
    }
    expect(sendMessage.message).toMatchObject({ seq: 1, text: 'mine' })
    await until(() => seqs.length === 1 && kept.size === 1)

    for (let cut = 1; cut <= 3; cut++) {
      await send(ada, room.id, `before ${cut}`)
      const connected = bob.connected()
      bob.cut()
      const missed = await send(ada, room.id, `missed ${cut}`)
      await edit(ada, missed, { text: `missed ${cut}, edited` })
      await until(() => bob.connected() > connected)
      await send(ada, room.id, `after ${cut}`)
    }
    const texts = ['mine', ...[1, 2, 3].flatMap((cut) => [`before ${cut}`, `missed ${cut}, edited`, `after ${cut}`])]
    await until(() => seqs.length >= texts.length && ready > 1 && [...kept.values()].every(({ text }, place) => text === texts[place]))
    // Whatever comes twice would be here by now.
    const { seq: last } = await send(ada, room.id, 'last')
    await until(() => seqs.at(-1) === last && kept.size === texts.length + 1)
    expect(seqs).toEqual(Array.from({ length: last }, (_, place) => place + 1))
    expect([...kept.values()].map(({ text }) => text)).toEqual([...texts, 'last'])
    expect(new Set(taken).size).toBe(taken.length)
    stopMessages()
    stopInbox()
    bob.close()
  },
)

async function idOf(handle: string): Promise<string> {
  const { data } = await ada.client.send<{ user: { id: string } }>('query ($handle: String!) { user(handle: $handle) { id } }', { handle })
  return data!.user.id
}
