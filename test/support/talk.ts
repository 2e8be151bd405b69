import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { mutate, type Outcome, type Person, query } from './people.ts'
import { keyOf } from './seed.ts'

/** A message as its readers see it. */
export type Said = {
  id: string
  seq: number
  version: number
  kind: 'TEXT' | 'SYSTEM'
  text: string | null
  clientId: string | null
  createdAt: string
  editedAt: string | null
  deletedAt: string | null
  sender: { handle: string } | null
  mentions: { handle: string }[]
  replyTo: { id: string; text: string | null } | null
  reactions: { emoji: string; count: number; viewerReacted: boolean; users: { handle: string }[] }[]
}

export const said = `id seq version kind text clientId createdAt editedAt deletedAt sender { handle } mentions { handle }
  replyTo { id text } reactions { emoji count viewerReacted users { handle } }`

export type Draft = { text?: string; clientId?: string | null; replyToId?: string | null; mentionIds?: string[] | null }

/** Says something, or tries to. */
export const trySend = (person: Person, channelId: string, draft: string | Draft, fields = said): Promise<Outcome> =>
  mutate(
    person.client,
    'sendMessage',
    { channelId, ...(typeof draft === 'string' ? { text: draft } : { text: 'Hello', ...draft }) },
    `message { ${fields} } replayed`,
  )

/** Says something, and fails the test where that is refused. */
export async function send(person: Person, channelId: string, draft: string | Draft): Promise<Said> {
  return messageOf(await trySend(person, channelId, draft))
}

const change = (person: Person, field: string, { id }: Pick<Said, 'id'>, more: object = {}): Promise<Outcome> =>
  mutate(person.client, field, { messageId: id, ...more }, `message { ${said} }`)

/** These change a message, or try to. */
export const edit = (person: Person, message: Pick<Said, 'id'>, more: { text: string; expectedVersion?: number | null }) =>
  change(person, 'editMessage', message, more)
export const remove = (person: Person, message: Pick<Said, 'id'>) => change(person, 'deleteMessage', message)
export const react = (person: Person, message: Pick<Said, 'id'>, emoji: string) => change(person, 'addReaction', message, { emoji })
export const unreact = (person: Person, message: Pick<Said, 'id'>, emoji: string) => change(person, 'removeReaction', message, { emoji })

/** The message of a payload. A refusal fails the test. */
export function messageOf({ message, ...outcome }: Outcome): Said {
  if (!message) throw new Error(`It was refused: ${JSON.stringify(outcome)}`)
  return message as Said
}

/** A message as this person sees it, null where they don't. */
export async function look(person: Person, { id }: Pick<Said, 'id'>): Promise<Said | null> {
  const { node } = await query<{ node: Said | null }>(person.client, `query ($id: ID!) { node(id: $id) { ... on Message { ${said} } } }`, {
    id,
  })
  return node
}

export type Listed = {
  edges: { cursor: string; node: Said }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

const page = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $aroundSeq: Int) {
  channel(id: $id) { messages(first: $first, after: $after, last: $last, before: $before, aroundSeq: $aroundSeq) {
    edges { cursor node { id seq text } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
}`

/** A page of a channel's messages. */
export async function read(person: Person, channelId: string, args: object = {}): Promise<Listed> {
  const { channel } = await query<{ channel: { messages: Listed } }>(person.client, page, { id: channelId, ...args })
  return channel.messages
}

/** The same where it is to be refused: what the error says. */
export async function readRefused(person: Person, channelId: string, args: object) {
  const { errors } = await person.client.send(page, { id: channelId, ...args })
  return errors?.[0]?.extensions
}

export const seqs = ({ edges }: Listed): number[] => edges.map(({ node }) => node.seq)

/** The id of a message by its place, be there one or not. */
export const idAt = (channelId: string, seq: number): string => encodeNodeId('Message', `${keyOf(channelId)}:${seq}`)
