import { connect } from '../../support/socket.ts'
import type { Person } from '../../support/people.ts'
import { act } from '../../support/channels.ts'
import type { SeededChannel } from '../../support/seed.ts'
import { until } from '../../support/until.ts'

type Event = { __typename: string; user?: { handle: string }; presence?: { status: string }; typing?: boolean }

const presence = 'user { handle } presence { status }'
const typing = 'user { handle } typing'
const selections: Record<string, string> = {
  presenceChanged: presence,
  typingChanged: typing,
  inboxEvents: `... on PresenceChanged { ${presence} } ... on TypingChanged { ${typing} }`,
}

/** A subscription of someone's, each of its events as a few words: `ada ONLINE`, `ada types`, `StreamReady`. */
export async function listen(url: string, { token }: Pick<Person, 'token'>, field: string, variables: Record<string, unknown> = {}) {
  const socket = await (await connect(url, { patienceMs: 18_000 })).init({ authorization: `Bearer ${token}` })
  const types: Record<string, string> = { ids: '[ID!]!', id: 'ID!' }
  const given = Object.keys(variables).map((name) => `$${name}: ${types[name]}`)
  const asked = `{ it: ${field} { __typename ${selections[/^\w+/.exec(field)![0]]} } }`
  const id = socket.start(`subscription ${given.length > 0 ? `(${given.join(', ')})` : ''} ${asked}`, variables)
  const unwanted = new Set<string>()

  async function told(): Promise<string> {
    const { type, payload } = await socket.nextOf(id)
    if (type === 'error') return (payload as unknown as { extensions: { code: string } }[])[0]!.extensions.code
    if (type === 'complete') return 'complete'
    if (payload?.errors) return payload.errors[0]!.extensions.code
    const { __typename, user, presence, typing } = (payload as { data: { it: Event } }).data.it
    if (presence) return `${user!.handle} ${presence.status}`
    if (typing !== undefined) return `${user!.handle} ${typing ? 'types' : 'stops'}`
    return __typename
  }

  const listening = {
    socket,
    /** From now on nothing of this person, or of this type, is heard. */
    without: (what: string) => void unwanted.add(what),
    async next(): Promise<string> {
      const words = await told()
      return unwanted.has(words.split(' ')[0]!) ? listening.next() : words
    },
  }
  return listening
}

export type Listening = Awaited<ReturnType<typeof listen>>

export const watch = (url: string, person: Person, ...people: readonly Pick<Person, 'id'>[]): Promise<Listening> =>
  listen(url, person, 'presenceChanged(userIds: $ids)', { ids: people.map(({ id }) => id) })

/** An inbox that is ready. What was seeded before may come still: it is left out. */
export async function openInbox(url: string, person: Person, args = ''): Promise<Listening> {
  const inbox = await listen(url, person, `inboxEvents${args}`)
  for (let next = ''; next !== 'StreamReady'; ) next = await inbox.next()
  for (const durable of ['MembershipChanged', 'ChannelChanged', 'UserChanged', 'ViewerChanged', 'ReceiptUpdated']) inbox.without(durable)
  return inbox
}

/** Whether someone's typing is heard is known when somebody's was, who is heard no more then. */
export async function hears(listening: Listening, prober: Person, channel: Pick<SeededChannel, 'id'>): Promise<void> {
  let heard = false
  const first = listening.next().then(() => (heard = true))
  await until(async () => {
    await type(prober, channel)
    await type(prober, channel, false)
    return heard
  })
  await first
  listening.without(prober.handle)
}

export const type = (person: Person, { id }: Pick<SeededChannel, 'id'>, typing = true) =>
  act(person, 'setTyping', { channelId: id, typing }, 'ok')
