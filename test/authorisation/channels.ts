import type { ChannelKind } from '../../src/generated/prisma/client.ts'
import { mutationOf, type Person } from '../support/people.ts'
import { type ChannelSeed, seedPerson } from '../support/seed.ts'
import { actorOrOther, type Scene, type SceneChannel } from './scene.ts'
import { type Outcome, type Role, type Row, signedInOnly } from './table.ts'

export const kinds: ChannelKind[] = ['GROUP', 'PUBLIC', 'DIRECT']

type Outcomes = Record<ChannelKind, Row['outcomes']>

/** Where what matters is the membership: whoever isn't a member meets a stranger's refusal. */
export const membersOnly = (direct: Outcome): Outcomes => ({
  GROUP: ranked({ stranger: 'NOT_FOUND', member: 'allowed', moderator: 'allowed', owner: 'allowed', admin: 'NOT_FOUND' }),
  PUBLIC: ranked({ stranger: 'FORBIDDEN', member: 'allowed', moderator: 'allowed', owner: 'allowed', admin: 'FORBIDDEN' }),
  DIRECT: { signedOut: 'UNAUTHENTICATED', stranger: 'NOT_FOUND', member: direct, admin: 'NOT_FOUND' },
})

/** What has to be at least this in a channel, or an administrator in a PUBLIC one. */
export const leading = (least: 'moderator' | 'owner'): Outcomes => {
  const moderator = least === 'moderator' ? 'allowed' : 'FORBIDDEN'
  return {
    GROUP: ranked({ stranger: 'NOT_FOUND', member: 'FORBIDDEN', moderator, owner: 'allowed', admin: 'NOT_FOUND' }),
    PUBLIC: ranked({ stranger: 'FORBIDDEN', member: 'FORBIDDEN', moderator, owner: 'allowed', admin: 'allowed' }),
    DIRECT: { signedOut: 'UNAUTHENTICATED', stranger: 'NOT_FOUND', member: 'FORBIDDEN', admin: 'NOT_FOUND' },
  }
}

/** Who may see a channel. */
export const seeing = (denied: Outcome): Outcomes => ({
  GROUP: ranked({ stranger: denied, member: 'allowed', moderator: 'allowed', owner: 'allowed', admin: denied }),
  PUBLIC: ranked({ stranger: 'allowed', member: 'allowed', moderator: 'allowed', owner: 'allowed', admin: 'allowed' }),
  DIRECT: { signedOut: 'UNAUTHENTICATED', stranger: denied, member: 'allowed', admin: denied },
})

/** A former member is like a stranger, in everything. */
export const ranked = (outcomes: Record<Exclude<Role, 'signedOut' | 'formerMember'>, Outcome>): Row['outcomes'] => ({
  signedOut: 'UNAUTHENTICATED',
  formerMember: outcomes.stranger,
  ...outcomes,
})

type Input = (channel: SceneChannel, scene: Scene) => object | Promise<object>

const mutations = (
  field: string,
  outcomes: Outcomes,
  { about, input = () => ({}), payload, more }: { about?: string; input?: Input; payload?: string; more?: ChannelSeed } = {},
): Row[] =>
  kinds.map((kind) => ({
    field: `Mutation.${field}`,
    about: [about, kind].filter(Boolean).join(', '),
    outcomes: outcomes[kind],
    call: async (scene) => {
      const channel = await scene.channel(kind, more)
      return {
        document: mutationOf(field, { payload }),
        variables: { input: { channelId: channel.id, ...(await input(channel, scene)) } },
      }
    },
  }))

export const queries = (
  field: string,
  about: string,
  outcomes: Outcomes,
  document: string,
  variables: (channel: SceneChannel) => object,
): Row[] =>
  kinds.map((kind) => ({
    field: `Query.${field}`,
    about: `${about}, ${kind}`,
    outcomes: outcomes[kind],
    call: async (scene) => ({ document, variables: { ...variables(await scene.channel(kind)) } }),
  }))

/** All that a channel shows. */
const channel = `name topic memberCount lastSeq lastMessage { text } peer { displayName } membership { role }
  members { edges { node { user { displayName } } } } messages { edges { node { text } } } receipts { edges { node { user { displayName } } } }`

const membershipIdOf = ({ key }: SceneChannel, { id }: Person) =>
  Buffer.from(`Membership:${key}:${Buffer.from(id, 'base64url').toString().split(':')[1]}`).toString('base64url')

const newcomer = ({ world, secret }: Scene) => seedPerson(world, { displayName: secret })

export const channelsRows: Row[] = [
  ...queries('channel', 'all it shows', seeing('null'), `query ($id: ID!) { channel(id: $id) { ${channel} } }`, ({ id }) => ({ id })),
  ...queries('node', 'a channel', seeing('null'), `query ($id: ID!) { node(id: $id) { ... on Channel { ${channel} } } }`, ({ id }) => ({
    id,
  })),
  ...queries(
    'nodes',
    'channels',
    seeing('null'),
    `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Channel { name lastMessage { text } } } }`,
    ({ id }) => ({ ids: [id] }),
  ),
  ...queries(
    'node',
    'a membership',
    seeing('null'),
    'query ($id: ID!) { node(id: $id) { ... on Membership { channel { name } user { displayName } receipt { readSeq } } } }',
    (channel) => ({ id: membershipIdOf(channel, channel.member) }),
  ),
  {
    field: 'Query.publicChannels',
    outcomes: signedInOnly,
    call: async (scene) => {
      await scene.channel('PUBLIC')
      return {
        document: `query ($search: String, $after: String, $before: String) {
          publicChannels(search: $search, after: $after, before: $before) { edges { node { name lastMessage { text } } } } }`,
        variables: { search: scene.secret },
      }
    },
  },
  {
    field: 'Mutation.openDirectChannel',
    outcomes: signedInOnly,
    call: ({ other }) => ({
      document: mutationOf('openDirectChannel', { payload: 'created channel { peer { displayName } }' }),
      variables: { input: { userId: other.id } },
    }),
  },
  {
    field: 'Mutation.openDirectChannel',
    about: 'with nobody',
    outcomes: { signedOut: 'UNAUTHENTICATED', stranger: 'NOT_FOUND', admin: 'NOT_FOUND' },
    call: ({ secret }) => ({ document: mutationOf('openDirectChannel'), variables: { input: { userId: secret } } }),
  },
  ...(['GROUP', 'PUBLIC'] as const).flatMap((kind): Row[] => [
    {
      field: 'Mutation.createChannel',
      about: kind,
      outcomes: signedInOnly,
      call: ({ other }) => ({
        document: mutationOf('createChannel', { payload: 'channel { name topic members { totalCount } }' }),
        variables: { input: { kind, name: 'New', topic: 'Things', memberIds: [other.id] } },
      }),
    },
    {
      field: 'Mutation.createChannel',
      about: `${kind} with nobody`,
      outcomes: { signedOut: 'UNAUTHENTICATED', stranger: 'NOT_FOUND', admin: 'NOT_FOUND' },
      call: ({ other, secret }) => ({
        document: mutationOf('createChannel'),
        variables: { input: { kind, name: secret, memberIds: [other.id, secret] } },
      }),
    },
  ]),
  ...mutations('updateChannel', leading('moderator'), {
    input: () => ({ name: 'Renamed', topic: 'Other things' }),
    payload: 'channel { name topic }',
  }),
  ...mutations('archiveChannel', leading('owner'), { input: () => ({ archived: true }), payload: 'channel { name archivedAt }' }),
  ...mutations('archiveChannel', leading('owner'), {
    about: 'bringing it back',
    input: () => ({ archived: false }),
    payload: 'channel { name archivedAt }',
    more: { archived: true },
  }).filter(({ about }) => !about!.includes('DIRECT')),
  ...mutations('deleteChannel', leading('owner'), { payload: 'channelId' }),
  ...mutations(
    'joinChannel',
    { ...membersOnly('allowed'), PUBLIC: seeing('null').PUBLIC },
    { payload: 'membership { role channel { name } }' },
  ),
  ...mutations('leaveChannel', membersOnly('FORBIDDEN'), { payload: 'channelId' }),
  ...mutations('addMembers', leading('moderator'), {
    input: async (_channel, scene) => ({ userIds: [(await newcomer(scene)).id], withHistory: true }),
    payload: 'memberships { user { displayName } }',
  }),
  ...mutations('addMembers', leading('moderator'), {
    about: 'oneself',
    input: (_channel, scene) => ({ userIds: [actorOrOther(scene).id] }),
    payload: 'memberships { user { displayName } channel { name } }',
  }),
  ...mutations('removeMember', leading('moderator'), {
    about: 'a member',
    input: ({ member }) => ({ userId: member.id }),
    payload: 'channelId userId',
  }),
  ...mutations('removeMember', leading('owner'), {
    about: 'an owner',
    input: (_channel, { other }) => ({ userId: other.id }),
    payload: 'channelId userId',
  }).map((row) => (row.about!.includes('PUBLIC') ? { ...row, outcomes: { ...row.outcomes, admin: 'CONFLICT' as const } } : row)),
  ...mutations('setMemberRole', leading('owner'), {
    input: ({ member }) => ({ userId: member.id, role: 'MODERATOR' }),
    payload: 'membership { role user { displayName } }',
  }),
  ...mutations('updateMembership', membersOnly('allowed'), {
    input: () => ({ notificationLevel: 'NONE', mutedUntil: '2100-01-01T00:00:00Z' }),
    payload: 'membership { notificationLevel mutedUntil channel { name } }',
  }),
  ...mutations('invitePerson', leading('moderator'), { about: 'into a channel' }).map(
    ({ call, ...row }): Row => ({
      ...row,
      call: async (scene) => {
        const { variables } = await call(scene)
        const { channelId } = variables!.input as { channelId: string }
        const email = `${scene.secret}@example.com`
        return {
          document: mutationOf('invitePerson', { payload: 'user { handle }' }),
          variables: { input: { email, channelIds: [channelId] } },
        }
      },
    }),
  ),
]
