import { mutate, type Outcome, type Person, query } from './people.ts'
import type { World } from './world.ts'

/** How something that someone tries ends: `done`, or the code of its refusal. */
export async function ends(person: Person, field: string, input: object): Promise<string> {
  const { code } = await mutate(person.client, field, input)
  return code ?? 'done'
}

/** Does something, and fails the test where that is refused. */
export async function act(person: Person, field: string, input: object, payload = ''): Promise<Outcome> {
  const outcome = await mutate(person.client, field, input, payload)
  if (outcome.code) throw new Error(`${field} was refused: ${JSON.stringify(outcome)}`)
  return outcome
}

/** What someone sees of a channel; null where they don't see it. */
export async function see<Seen = Record<string, unknown>>(person: Person, id: string, fields: string): Promise<Seen | null> {
  const { channel } = await query<{ channel: Seen | null }>(person.client, `query ($id: ID!) { channel(id: $id) { ${fields} } }`, { id })
  return channel
}

/** All that was said there, as far as someone sees it: the newest hundred, `*` before what the server says. */
export async function conversation(person: Person, id: string): Promise<string[] | null> {
  type Seen = { messages: { edges: { node: { kind: string; text: string } }[] } }
  const seen = await see<Seen>(person, id, 'messages(last: 100) { edges { node { kind text } } }')
  return seen && seen.messages.edges.map(({ node }) => (node.kind === 'SYSTEM' ? `* ${node.text}` : node.text))
}

/** Who is there, as `handle: ROLE`, in the order of joining. */
export async function present(person: Person, id: string): Promise<string[] | null> {
  type Seen = { memberCount: number; members: { totalCount: number; edges: { node: { role: string; user: { handle: string } } }[] } }
  const seen = await see<Seen>(person, id, 'memberCount members(first: 100) { totalCount edges { node { role user { handle } } } }')
  if (!seen) return null
  const { memberCount, members } = seen
  const listed = members.edges.map(({ node }) => `${node.user.handle}: ${node.role}`)
  if (memberCount !== listed.length || members.totalCount !== listed.length)
    throw new Error(`${listed.length} are listed, memberCount is ${memberCount}, and totalCount ${members.totalCount}.`)
  return listed
}

/** The ids of someone's channels, in their order. */
export async function channelsOf(person: Person, args = ''): Promise<string[]> {
  type Seen = { viewer: { channels: { edges: { node: { id: string } }[] } } }
  const { viewer } = await query<Seen>(person.client, `{ viewer { channels${args && `(${args})`} { edges { node { id } } } } }`)
  return viewer.channels.edges.map(({ node }) => node.id)
}

export type Announced = { topic: string; type: string; [field: string]: unknown }

/** What is published from now on. */
export function listenTo({ app: { bus } }: World): Announced[] {
  const heard: Announced[] = []
  const { publish } = bus
  bus.publish = (topic, payload) => {
    heard.push({ topic, ...(payload as { type: string }) })
    return publish(topic, payload)
  }
  return heard
}
