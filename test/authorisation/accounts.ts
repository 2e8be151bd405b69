import { createHash, randomBytes } from 'node:crypto'
import { codeIn, mutationOf, password, type Person, tokenIn } from '../support/people.ts'
import { keyOf } from '../support/seed.ts'
import { actorOrOther, type Scene } from './scene.ts'
import { anyone, people, type Row, signedInOnly } from './table.ts'

const unknown = () => `n${randomBytes(8).toString('hex')}`
const viewer = 'token viewer { email user { handle } }'

/** The id of a session of this person's. */
async function sessionOf({ world }: Scene, { id }: Person): Promise<string> {
  const { id: key } = await world.app.database.prisma.session.findFirstOrThrow({ where: { userId: keyOf(id) } })
  return Buffer.from(`Session:${key}`).toString('base64url')
}

/** A token as it is mailed to this person to show that the address is theirs. */
async function confirmationOf({ world }: Scene, { id, email }: Person): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const tokenHash = createHash('sha256').update(token).digest('hex')
  const link = { tokenHash, userId: keyOf(id), kind: 'EMAIL_VERIFICATION', email, expiresAt: new Date(Date.now() + 60_000) } as const
  await world.app.database.prisma.link.create({ data: link })
  return token
}

async function resetOf({ world }: Scene, { email }: Person): Promise<string> {
  await world.app.accounts.rooms.recovery.request({ email }, { userAgent: null, ipAddress: null })
  return tokenIn(await world.mailTo(email))
}

async function codeOf({ world }: Scene, email: string): Promise<string> {
  await world.app.accounts.rooms.codes.request({ email }, { userAgent: null, ipAddress: null })
  return codeIn(await world.mailTo(email))
}

export const accountsRows: Row[] = [
  {
    field: 'Mutation.signUp',
    outcomes: anyone,
    call: () => {
      const handle = unknown()
      return {
        document: mutationOf('signUp', { payload: viewer }),
        variables: { input: { handle, email: `${handle}@example.org`, password } },
      }
    },
  },
  {
    field: 'Mutation.signIn',
    outcomes: anyone,
    call: ({ other }) => ({ document: mutationOf('signIn', { payload: viewer }), variables: { input: { login: other.handle, password } } }),
  },
  {
    field: 'Mutation.signIn',
    about: 'with a wrong password',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'UNAUTHENTICATED' }),
    call: ({ other }) => ({
      document: mutationOf('signIn', { payload: viewer }),
      variables: { input: { login: other.handle, password: 'wrong' } },
    }),
  },
  {
    field: 'Mutation.requestSignInCode',
    outcomes: anyone,
    call: ({ other }) => ({ document: mutationOf('requestSignInCode'), variables: { input: { email: other.email } } }),
  },
  {
    field: 'Mutation.signInWithCode',
    outcomes: anyone,
    call: async (scene) => {
      const email = `${unknown()}@example.org`
      return {
        document: mutationOf('signInWithCode', { payload: viewer }),
        variables: { input: { email, code: await codeOf(scene, email) } },
      }
    },
  },
  {
    field: 'Mutation.signInWithCode',
    about: 'without a code',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'UNAUTHENTICATED' }),
    call: ({ other }) => ({
      document: mutationOf('signInWithCode', { payload: viewer }),
      variables: { input: { email: other.email, code: '123456' } },
    }),
  },
  { field: 'Mutation.signOut', outcomes: signedInOnly, call: () => ({ document: mutationOf('signOut', { input: false }) }) },
  {
    field: 'Mutation.revokeSession',
    about: 'one’s own',
    outcomes: signedInOnly,
    call: async (scene) => ({
      document: mutationOf('revokeSession'),
      variables: { input: { sessionId: await sessionOf(scene, actorOrOther(scene)) } },
    }),
  },
  {
    field: 'Mutation.revokeSession',
    about: 'another’s',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'NOT_FOUND' }),
    call: async (scene) => ({
      document: mutationOf('revokeSession'),
      variables: { input: { sessionId: await sessionOf(scene, scene.other) } },
    }),
  },
  {
    field: 'Query.node',
    about: 'one’s own session',
    outcomes: signedInOnly,
    call: async (scene) => ({
      document: 'query ($id: ID!) { node(id: $id) { ... on Session { ipAddress } } }',
      variables: { id: await sessionOf(scene, actorOrOther(scene)) },
    }),
  },
  {
    field: 'Query.node',
    about: 'another’s session',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'null' }),
    call: async (scene) => ({
      document: 'query ($id: ID!) { node(id: $id) { ... on Session { ipAddress } } }',
      variables: { id: await sessionOf(scene, scene.other) },
    }),
  },
  {
    field: 'Query.nodes',
    about: 'others’ sessions',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'null' }),
    call: async (scene) => ({
      document: 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Session { ipAddress } } }',
      variables: { ids: [await sessionOf(scene, scene.other)] },
    }),
  },
  {
    field: 'Mutation.revokeOtherSessions',
    outcomes: signedInOnly,
    call: () => ({ document: mutationOf('revokeOtherSessions', { input: false }) }),
  },
  {
    field: 'Mutation.requestPasswordReset',
    outcomes: anyone,
    call: ({ other }) => ({ document: mutationOf('requestPasswordReset'), variables: { input: { email: other.email } } }),
  },
  {
    field: 'Mutation.resetPassword',
    about: 'with the link',
    outcomes: anyone,
    call: async (scene) => ({
      document: mutationOf('resetPassword', { payload: viewer }),
      variables: { input: { token: await resetOf(scene, scene.other), password: 'another password' } },
    }),
  },
  {
    field: 'Mutation.resetPassword',
    about: 'with a link for something else',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'UNAUTHENTICATED' }),
    call: async (scene) => ({
      document: mutationOf('resetPassword', { payload: viewer }),
      variables: { input: { token: await confirmationOf(scene, scene.other), password: 'another password' } },
    }),
  },
  {
    field: 'Mutation.changePassword',
    outcomes: signedInOnly,
    call: () => ({ document: mutationOf('changePassword'), variables: { input: { current: password, new: 'another password' } } }),
  },
  {
    field: 'Mutation.changePassword',
    about: 'without knowing it',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'UNAUTHENTICATED' }),
    call: () => ({ document: mutationOf('changePassword'), variables: { input: { current: 'wrong', new: 'another password' } } }),
  },
  {
    field: 'Mutation.verifyEmail',
    about: 'one’s own',
    outcomes: anyone,
    call: async (scene) => ({
      document: mutationOf('verifyEmail', { payload: 'viewer { email }' }),
      variables: { input: { token: await confirmationOf(scene, actorOrOther(scene)) } },
    }),
  },
  {
    field: 'Mutation.verifyEmail',
    about: 'another’s',
    outcomes: { stranger: 'UNAUTHENTICATED', admin: 'UNAUTHENTICATED' },
    call: async (scene) => ({
      document: mutationOf('verifyEmail', { payload: 'viewer { email user { displayName } }' }),
      variables: { input: { token: await confirmationOf(scene, scene.other) } },
    }),
  },
  {
    field: 'Mutation.invitePerson',
    outcomes: signedInOnly,
    call: () => ({
      document: mutationOf('invitePerson', { payload: 'user { handle }' }),
      variables: { input: { email: `${unknown()}@example.org` } },
    }),
  },
  {
    field: 'Mutation.invitePerson',
    about: 'into a channel that is not there',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'NOT_FOUND' }),
    call: () => ({
      document: mutationOf('invitePerson', { payload: 'user { handle }' }),
      variables: { input: { email: `${unknown()}@example.org`, channelIds: ['nowhere'] } },
    }),
  },
  {
    field: 'Mutation.deleteAccount',
    outcomes: signedInOnly,
    call: () => ({ document: mutationOf('deleteAccount'), variables: { input: { password } } }),
  },
  {
    field: 'Mutation.deleteAccount',
    about: 'without proof',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'UNAUTHENTICATED' }),
    call: () => ({ document: mutationOf('deleteAccount'), variables: { input: { password: 'wrong' } } }),
  },
]
