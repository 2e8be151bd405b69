import { randomUUID } from 'node:crypto'
import type { Database } from '../../src/ports/database.ts'
import type { Feed } from '../../src/ports/feed.ts'
import { notifying } from './notifying.ts'
import type { Scene } from './scene.ts'

// What a busy server is asked all the time. The statements are not written down here: each operation is run, and what it sends to
// the database is caught. `hot` names those to look at, says where they are written, and how to know them.

export type Asked = {
  /** One operation of the API, as the person of the scene. */
  send(query: string, variables?: Record<string, unknown>): Promise<unknown>
  feed: Feed
  database: Database
  scene: Scene
}
export type Hot = {
  name: string
  from: string
  is: RegExp
  /** What the rows that it looks at grow with. */
  grows: Growth
  /** Its values for once more, where with the same nothing would be left to do. */
  again?(values: readonly unknown[]): unknown[]
}
export type Growth =
  | 'nothing'
  | 'a page'
  | "one's channels"
  | "a channel's members"
  | 'what is found'
  | 'what changed'
  | "what doesn't count"
export type Operation = { name: string; hot: readonly Hot[]; run(asked: Asked): Promise<unknown> }

const rooms = 'src/features'
const changes = 'src/adapters/feed.ts'
const myChannels = (fields: string) => `{ viewer { channels(first: 50) { edges { node { ${fields} } } } } }`
const messages = (args: string, fields: string) =>
  `query ($id: ID!${args.includes('$seq') ? ', $seq: Int!' : ''}) { channel(id: $id) { messages(${args}) { edges { node { ${fields} } } } } }`
const messageFields =
  'id seq text sender { handle } mentions { handle } reactions { emoji count viewerReacted } replyTo { text } receiptSummary { recipients delivered read }'

const oneFurther = (values: readonly unknown[]) => values.map((value) => (typeof value === 'number' ? value + 1 : value))
/** The keys of the drafts are the fourth of what is sent. */
const anotherKey = (values: readonly unknown[]) => values.with(3, [randomUUID()])

export const operations: readonly Operation[] = [
  {
    name: 'Who is asking',
    hot: [
      { name: 'session', from: 'src/adapters/sessions.ts', is: /FROM sessions JOIN accounts/, grows: 'nothing' },
      { name: 'viewer', from: `${rooms}/people/people.store.ts`, is: /FROM "public"."accounts"/, grows: 'nothing' },
    ],
    run: ({ send }) => send('{ viewer { user { id } } }'),
  },
  {
    name: 'The first 50 channels',
    hot: [
      {
        name: 'channels of the viewer',
        from: `${rooms}/channels/channels.store.ts`,
        is: /FROM memberships m JOIN channels c/,
        grows: "one's channels",
      },
      { name: 'standings', from: `${rooms}/channels/channels.store.ts`, is: /FROM "public"."memberships"/, grows: 'a page' },
      {
        name: 'three members of each',
        from: `${rooms}/channels/members.store.ts`,
        is: /SELECT m.channel_id AS "channelId", m.user_id/,
        grows: 'a page',
      },
    ],
    run: ({ send }) =>
      send(
        myChannels(
          'id name lastSeq peer { displayName } membership { role } members(first: 3) { edges { node { user { displayName } } } }',
        ),
      ),
  },
  {
    name: 'Their newest messages',
    hot: [
      {
        name: 'newest messages',
        from: `${rooms}/messages/messages.store.ts`,
        is: /JOIN messages m USING \(channel_id, seq\)/,
        grows: 'a page',
      },
    ],
    run: ({ send }) => send(myChannels('lastMessage { id text sender { displayName } }')),
  },
  {
    name: 'What is unread in them',
    hot: [{ name: 'unread', from: `${rooms}/receipts/unread.store.ts`, is: /unread_in\(wanted/, grows: 'a page' }],
    run: ({ send }) => send(myChannels('membership { unread { messages mentions firstUnreadSeq } receipt { readSeq } }')),
  },
  {
    name: 'What is unread in all',
    hot: [{ name: 'unread in all', from: `${rooms}/receipts/unread.store.ts`, is: /sum\(u\.messages\)/, grows: "one's channels" }],
    run: ({ send }) => send('{ viewer { unread { channels messages mentions } } }'),
  },
  {
    name: 'The last 50 messages',
    hot: [
      { name: 'last page', from: `${rooms}/messages/messages.store.ts`, is: /FROM "public"."messages"/, grows: 'a page' },
      { name: 'mentions of a page', from: `${rooms}/messages/messages.store.ts`, is: /JOIN mentions n/, grows: 'a page' },
      { name: 'reactions of a page', from: `${rooms}/messages/reactions.store.ts`, is: /JOIN reactions r/, grows: 'a page' },
      {
        name: 'receipt summaries of a page',
        from: `${rooms}/receipts/receipts.store.ts`,
        is: /width_bucket/,
        grows: "a channel's members",
      },
    ],
    run: ({ send, scene }) => send(messages('last: 50', messageFields), { id: scene.busy }),
  },
  {
    name: 'The messages around one',
    hot: [{ name: 'window', from: `${rooms}/messages/messages.store.ts`, is: /FROM "public"."messages"/, grows: 'a page' }],
    run: ({ send, scene }) => send(messages('aroundSeq: $seq, first: 50', 'id seq text'), { id: scene.busy, seq: scene.middle }),
  },
  {
    name: 'Who is in a crowded channel',
    hot: [
      { name: 'members', from: `${rooms}/channels/members.store.ts`, is: /SELECT m.channel_id AS "channelId", m.user_id/, grows: 'a page' },
    ],
    run: ({ send, scene }) =>
      send('query ($id: ID!) { channel(id: $id) { members(first: 50) { totalCount edges { node { role user { handle } } } } } }', {
        id: scene.crowded,
      }),
  },
  {
    name: 'Who is meant by what is typed, in a crowded channel',
    hot: [
      {
        name: 'members searched for',
        from: `${rooms}/channels/members.store.ts`,
        is: /FROM users u WHERE u.id = m.user_id/,
        grows: 'what is found',
      },
    ],
    run: ({ send, scene }) =>
      send('query ($id: ID!) { channel(id: $id) { members(first: 10, search: "noor p") { edges { node { user { handle } } } } } }', {
        id: scene.crowded,
      }),
  },
  {
    name: 'How far each has got in a crowded channel',
    hot: [{ name: 'page of receipts', from: `${rooms}/receipts/receipts.store.ts`, is: /ORDER BY m.user_id LIMIT/, grows: 'a page' }],
    run: ({ send, scene }) =>
      send('query ($id: ID!) { channel(id: $id) { receipts(first: 50) { totalCount edges { node { readSeq } } } } }', {
        id: scene.crowded,
      }),
  },
  {
    name: 'Public channels by their names',
    hot: [{ name: 'public channels', from: `${rooms}/channels/channels.store.ts`, is: /kind = 'PUBLIC'/, grows: 'what is found' }],
    run: ({ send }) => send('{ publicChannels(search: "des", first: 50) { edges { node { id name } } } }'),
  },
  {
    name: 'The directory',
    hot: [
      { name: 'directory', from: `${rooms}/people/people.store.ts`, is: /FROM users WHERE deleted_at IS NULL/, grows: 'what is found' },
    ],
    run: ({ send }) => send('{ users(search: "noor", first: 50) { edges { node { id handle } } } }'),
  },
  {
    name: 'The whole directory, by pages',
    hot: [{ name: 'first page of the directory', from: `${rooms}/people/people.store.ts`, is: /FROM "public"."users"/, grows: 'a page' }],
    run: ({ send }) => send('{ users(first: 50) { edges { node { id handle } } } }'),
  },
  {
    name: 'Reading',
    hot: [{ name: 'read mark', from: `${rooms}/receipts/receipts.store.ts`, is: /UPDATE receipts/, grows: 'nothing', again: oneFurther }],
    run: ({ send, scene }) =>
      send('mutation ($id: ID!, $seq: Int!) { markRead(input: { channelId: $id, seq: $seq }) { __typename } }', {
        id: scene.behind,
        seq: scene.behindNewest - 1,
      }),
  },
  {
    name: 'Keeping everything of a large channel for later',
    hot: [
      {
        name: 'unread from far back',
        from: `${rooms}/receipts/unread.store.ts`,
        is: /unread_in\(wanted/,
        grows: "what doesn't count",
      },
    ],
    run: ({ send, scene }) =>
      send(
        'mutation ($id: ID!) { markUnread(input: { channelId: $id, fromSeq: 1 }) { __typename ... on MarkUnreadPayload { membership { unread { messages mentions } } } } }',
        { id: scene.busy },
      ),
  },
  {
    name: 'Sending',
    hot: [{ name: 'sending', from: `${rooms}/messages/messages.store.ts`, is: /send_messages\(/, grows: 'nothing', again: anotherKey }],
    run: ({ send, scene }) =>
      send('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }', {
        input: { channelId: scene.busy, text: `Hello @${scene.handle}, hello @nobody.here`, clientId: randomUUID() },
      }),
  },
  {
    name: 'The sweep',
    hot: [{ name: 'what changed', from: changes, is: /AS heads FROM server/, grows: 'what changed' }],
    async run({ feed, scene }) {
      const { snapshot } = await feed.now()
      await feed.changes(snapshot, { channels: scene.channels, people: [scene.personKey] }, 10_000)
    },
  },
  {
    name: 'Whoever comes back',
    hot: [
      { name: 'what changed since long ago', from: changes, is: /AS heads FROM server/, grows: 'what changed' },
      { name: 'where someone listens', from: changes, is: /AS seats FROM accounts/, grows: "one's channels" },
      { name: 'messages that are missing', from: changes, is: /FROM messages m JOIN channels c/, grows: 'a page' },
    ],
    async run({ feed, scene }) {
      await feed.person(scene.personKey)
      await feed.changes(scene.longAgo, { channels: scene.channels, people: [scene.personKey] }, 10_000)
      await feed.topic(scene.busyTopic, [scene.personKey])
      await feed.numbered(scene.busyTopic, scene.middle, scene.middle + 49)
    },
  },
  ...notifying,
]
