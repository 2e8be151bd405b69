import { mutate, type Outcome, type Person, query } from './people.ts'
import type { SeededChannel } from './seed.ts'

/** How far someone has got, as someone sees it. */
export type Mark = {
  channelId: string
  user: { handle: string }
  deliveredSeq: number
  deliveredAt: string | null
  readSeq: number | null
  readAt: string | null
}
export type Unread = { messages: number; mentions: number; firstUnreadSeq: number | null }

export const mark = 'channelId user { handle } deliveredSeq deliveredAt readSeq readAt'
const unread = 'unread { messages mentions firstUnreadSeq }'

type Channel = Pick<SeededChannel, 'id'>

export const deliver = (person: Person, positions: readonly (readonly [Channel, number])[]): Promise<Outcome> =>
  mutate(person.client, 'markDelivered', { positions: positions.map(([{ id }, seq]) => ({ channelId: id, seq })) }, `receipts { ${mark} }`)

export const markRead = (person: Person, { id }: Channel, seq: number): Promise<Outcome> =>
  mutate(person.client, 'markRead', { channelId: id, seq }, `receipt { ${mark} } membership { version ${unread} }`)

export const markUnread = (person: Person, { id }: Channel, fromSeq: number): Promise<Outcome> =>
  mutate(person.client, 'markUnread', { channelId: id, fromSeq }, `membership { version ${unread} receipt { ${mark} } }`)

export type Stand = { version: number; unread: Unread; receipt: Mark }

/** One's own membership: what is unread, and one's own marks. */
export async function standOf(person: Person, { id }: Channel): Promise<Stand> {
  const text = `query ($id: ID!) { channel(id: $id) { membership { version ${unread} receipt { ${mark} } } } }`
  return (await query<{ channel: { membership: Stand } }>(person.client, text, { id })).channel.membership
}

/** Delivered and read, of everyone by handle, as this person sees it. */
export async function marksIn(person: Person, { id }: Channel): Promise<Record<string, [number, number | null]>> {
  const text = `query ($id: ID!) { channel(id: $id) { receipts(first: 100) { edges { node { ${mark} } } } } }`
  const { channel } = await query<{ channel: { receipts: { edges: { node: Mark }[] } } }>(person.client, text, { id })
  return Object.fromEntries(channel.receipts.edges.map(({ node }) => [node.user.handle, [node.deliveredSeq, node.readSeq]]))
}

export type Reach = { recipients: number; delivered: number; read: number }

/** How far a message has got, as this person sees it: the summary, and who is listed. */
export async function reachOf(person: Person, { id }: { id: string }): Promise<Reach & { deliveredTo: string[]; readBy: string[] }> {
  const who = '{ totalCount edges { node { user { handle } } } }'
  const text = `query ($id: ID!) { node(id: $id) { ... on Message { receiptSummary { recipients delivered read }
    deliveredTo: receipts(state: DELIVERED, first: 100) ${who} readBy: receipts(state: READ, first: 100) ${who} } } }`
  type Who = { totalCount: number; edges: { node: { user: { handle: string } } }[] }
  const { node } = await query<{ node: { receiptSummary: Reach; deliveredTo: Who; readBy: Who } }>(person.client, text, { id })
  const handles = ({ totalCount, edges }: Who) => {
    if (totalCount < edges.length) throw new Error(`There are ${edges.length} on a page of ${totalCount}.`)
    return edges.map(({ node }) => node.user.handle).toSorted()
  }
  return { ...node.receiptSummary, deliveredTo: handles(node.deliveredTo), readBy: handles(node.readBy) }
}
