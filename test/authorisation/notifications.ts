import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { act } from '../support/channels.ts'
import { mutationOf, query } from '../support/people.ts'
import { seedPerson } from '../support/seed.ts'
import { actorOrOther, type Scene } from './scene.ts'
import { type Row, signedInOnly } from './table.ts'

/** Somebody adds this person to a channel whose name is the secret: so they are notified. */
async function notify({ other, secret }: Scene, userId: string): Promise<void> {
  await act(other, 'createChannel', { kind: 'GROUP', name: secret, memberIds: [userId] })
}

/** The id of a notification of somebody who has nothing to do with the actor. */
async function foreign(scene: Scene): Promise<string> {
  const stranger = await seedPerson(scene.world, { displayName: scene.secret })
  await notify(scene, stranger.id)
  type Seen = { viewer: { notifications: { edges: { node: { id: string } }[] } } }
  const { viewer } = await query<Seen>(stranger.client, '{ viewer { notifications(first: 1) { edges { node { id } } } } }')
  return viewer.notifications.edges[0]!.node.id
}

const administratorsOnly: Row['outcomes'] = {
  signedOut: 'UNAUTHENTICATED',
  stranger: 'FORBIDDEN',
  formerMember: 'FORBIDDEN',
  member: 'FORBIDDEN',
  moderator: 'FORBIDDEN',
  owner: 'FORBIDDEN',
  admin: 'allowed',
}

const decision = {
  document: `query ($messageId: ID!, $userId: ID!) { notificationDecision(messageId: $messageId, userId: $userId) {
    kind times { way at } rules { rule way reason } } }`,
}

export const notificationsRows: Row[] = [
  {
    field: 'Mutation.markNotificationsRead',
    outcomes: signedInOnly,
    call: () => ({ document: mutationOf('markNotificationsRead', { payload: 'unread' }), variables: { input: {} } }),
  },
  {
    field: 'Mutation.markNotificationsRead',
    about: 'somebody else’s',
    outcomes: { signedOut: 'UNAUTHENTICATED', stranger: 'NOT_FOUND', member: 'NOT_FOUND', owner: 'NOT_FOUND', admin: 'NOT_FOUND' },
    call: async (scene) => ({
      document: mutationOf('markNotificationsRead', { payload: 'unread' }),
      variables: { input: { ids: [await foreign(scene)] } },
    }),
  },
  {
    field: 'Query.node',
    about: 'somebody else’s notification',
    outcomes: { signedOut: 'UNAUTHENTICATED', stranger: 'null', member: 'null', owner: 'null', admin: 'null' },
    call: async (scene) => ({
      document: 'query ($id: ID!) { node(id: $id) { ... on Notification { kind channel { name } actor { displayName } } } }',
      variables: { id: await foreign(scene) },
    }),
  },
  {
    field: 'Subscription.notificationAdded',
    outcomes: signedInOnly,
    call: (scene) => ({
      document: 'subscription { notificationAdded { cursor notification { kind channel { name } actor { displayName } } } }',
      meanwhile: () => notify(scene, actorOrOther(scene).id),
    }),
  },
  {
    field: 'Query.notificationDecision',
    outcomes: administratorsOnly,
    call: async (scene) => {
      const { messageId, member } = await scene.channel('GROUP')
      return { ...decision, variables: { messageId, userId: member.id } }
    },
  },
  {
    field: 'Query.notificationDecision',
    about: 'of nothing and nobody',
    outcomes: { ...administratorsOnly, admin: 'null' },
    call: ({ other }) => ({ ...decision, variables: { messageId: encodeNodeId('Message', 'nonsense'), userId: other.id } }),
  },
]
