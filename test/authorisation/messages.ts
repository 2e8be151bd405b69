import type { ChannelKind } from '../../src/generated/prisma/client.ts'
import { mutationOf } from '../support/people.ts'
import { seedMessages } from '../support/seed.ts'
import { idAt } from '../support/talk.ts'
import { kinds, leading, membersOnly, queries, ranked, seeing } from './channels.ts'
import { actorOrOther, type Scene, type SceneChannel } from './scene.ts'
import type { Row } from './table.ts'

type Outcomes = Record<ChannelKind, Row['outcomes']>

/** All that a message shows. */
const message = `text clientId sender { displayName } channel { name } replyTo { text } mentions { displayName } reactions { emoji users { handle } }
  receiptSummary { read } receipts(state: DELIVERED) { edges { node { user { displayName } } } }`

const payload = `message { ${message} }`

const mutations = (
  field: string,
  about: string,
  outcomes: Outcomes,
  input: (channel: SceneChannel, scene: Scene) => object | Promise<object>,
): Row[] =>
  kinds.map((kind) => ({
    field: `Mutation.${field}`,
    about: [about, kind].filter(Boolean).join(', '),
    outcomes: outcomes[kind],
    call: async (scene) => ({
      document: mutationOf(field, { payload }),
      variables: { input: await input(await scene.channel(kind), scene) },
    }),
  }))

/** A message of the actor's, from whenever they were there. */
async function own(channel: SceneChannel, scene: Scene): Promise<{ messageId: string }> {
  const [seq] = await seedMessages(scene.world, channel, [[actorOrOther(scene), scene.secret]])
  return { messageId: idAt(channel.id, seq!) }
}

/** Nobody's right, whatever they are there. */
const nobody: Outcomes = {
  GROUP: ranked({ stranger: 'NOT_FOUND', member: 'FORBIDDEN', moderator: 'FORBIDDEN', owner: 'FORBIDDEN', admin: 'NOT_FOUND' }),
  PUBLIC: ranked({ stranger: 'FORBIDDEN', member: 'FORBIDDEN', moderator: 'FORBIDDEN', owner: 'FORBIDDEN', admin: 'FORBIDDEN' }),
  DIRECT: { signedOut: 'UNAUTHENTICATED', stranger: 'NOT_FOUND', member: 'FORBIDDEN', admin: 'NOT_FOUND' },
}

const members = membersOnly('allowed')
/** An administrator may take away any message in a PUBLIC channel. */
const membersAndAdmin: Outcomes = { ...members, PUBLIC: { ...members.PUBLIC, admin: 'allowed' } }

export const messagesRows: Row[] = [
  ...mutations('sendMessage', '', members, ({ id }) => ({ channelId: id, text: 'Hello' })),
  ...mutations('sendMessage', 'an answer that names someone', members, ({ id, messageId, member }) => ({
    channelId: id,
    text: `Hello @${member.handle}`,
    replyToId: messageId,
    mentionIds: [member.id],
  })),
  ...mutations('editMessage', 'one’s own', members, async (channel, scene) => ({ ...(await own(channel, scene)), text: 'Changed' })),
  ...mutations('editMessage', 'another’s', nobody, ({ messageId }) => ({ messageId, text: 'Changed' })),
  ...mutations('deleteMessage', 'one’s own', membersAndAdmin, own),
  ...mutations('deleteMessage', 'another’s', leading('moderator'), ({ messageId }) => ({ messageId })),
  ...mutations('addReaction', '', members, ({ messageId }) => ({ messageId, emoji: '👍' })),
  ...mutations('removeReaction', '', members, ({ messageId }) => ({ messageId, emoji: '👍' })),
  ...queries(
    'node',
    'a message',
    seeing('null'),
    `query ($id: ID!) { node(id: $id) { ... on Message { ${message} } } }`,
    ({ messageId }) => ({
      id: messageId,
    }),
  ),
  ...queries(
    'nodes',
    'messages',
    seeing('null'),
    `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Message { ${message} } } }`,
    ({ messageId }) => ({ ids: [messageId] }),
  ),
]
