import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { post } from './post.ts'

export type Someone = { id: string; token: string }
export type Bustle = {
  url: string
  /** Each in all of these channels; the first one owns them and stays. */
  people: readonly Someone[]
  channelIds: readonly string[]
  /** So many are about at once. */
  workers: number
  until: () => boolean
  random?: () => number
}
/** What was done, so that whoever looks knows that something was. */
export type Done = { visits: number; said: number; heard: number; removed: number }

const inbox = 'subscription { inboxEvents { __typename cursor ... on MessageAdded { message { id text sender { handle } } } } }'
const added = 'subscription ($channelId: ID!) { messageAdded(channelId: $channelId, afterSeq: 0) { message { seq text } } }'
const changed = 'subscription ($channelId: ID!) { messageChanged(channelId: $channelId) { message { seq text } } }'
const receipts = 'subscription ($channelId: ID!) { receiptUpdated(channelId: $channelId) { receipts { readSeq } } }'
const typing = 'subscription ($channelId: ID!) { typingChanged(channelId: $channelId) { typing } }'
const presence = 'subscription ($ids: [ID!]!) { presenceChanged(userIds: $ids) { presence { status } } }'
const mutation = (field: string, input = `${field[0]!.toUpperCase()}${field.slice(1)}Input`) =>
  `mutation ($input: ${input}!) { ${field}(input: $input) { __typename } }`

/** People come, subscribe, say something, type, read, are removed and put back, and go in every way there is. */
export async function bustle({ url, people, channelIds, workers, until, random = Math.random }: Bustle): Promise<Done> {
  const done: Done = { visits: 0, said: 0, heard: 0, removed: 0 }
  const [owner, ...others] = people
  const away = [...others]
  const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const hear = () => void done.heard++

  async function visit(person: Someone): Promise<void> {
    const channelId = oneOf(channelIds)
    const variables = { channelId, ids: people.slice(0, 20).map(({ id }) => id) }
    const leave = random() < 0.25 ? await overEvents(url, person, inbox, hear) : await overSocket(person, variables)
    for (let times = Math.floor(random() * 4); times > 0; times--) {
      await post(url, person.token, mutation('setTyping'), { input: { channelId, typing: true } })
      await post(url, person.token, mutation('sendMessage'), { input: { channelId, text: 'Hello', clientId: randomUUID() } })
      done.said++
      await setTimeout(random() * 50)
    }
    if (random() < 0.3) {
      await post(url, owner!.token, mutation('removeMember'), { input: { channelId, userId: person.id } })
      await post(url, owner!.token, mutation('addMembers'), { input: { channelId, userIds: [person.id] } })
      done.removed++
    }
    leave()
    done.visits++
  }

  async function overSocket({ token }: Someone, variables: object): Promise<() => void> {
    const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws')
    ws.on('error', () => {})
    await once(ws, 'open')
    const acknowledged = once(ws, 'message')
    ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
    await acknowledged
    ws.on('message', hear)
    const asked = [inbox, added, changed, receipts, typing, presence].filter((_, place) => place === 0 || random() < 0.5)
    asked.forEach((query, id) => ws.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query, variables } })))
    return oneOf([
      () => ws.terminate(),
      () => ws.close(1000),
      () => {
        asked.forEach((_, id) => ws.send(JSON.stringify({ id: String(id), type: 'complete' })))
        ws.close(1000)
      },
    ])
  }

  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (!until()) {
        const person = away.splice(Math.floor(random() * away.length), 1)[0]!
        await visit(person)
        away.push(person)
      }
    }),
  )
  return done
}

async function overEvents(url: string, { token }: Someone, query: string, hear: () => void): Promise<() => void> {
  const asked = request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
  })
  asked.on('error', () => {})
  asked.end(JSON.stringify({ query }))
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
  response.on('error', () => {}).on('data', hear)
  return () => asked.destroy()
}

/** What a server says of itself at /metrics. */
export async function gauges(url: string, names: readonly string[]): Promise<number[]> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return names.map((name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN))
}
