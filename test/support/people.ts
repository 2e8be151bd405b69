import { type Client, createClient } from './client.ts'
import { connect, type TestSocket } from './socket.ts'
import type { World } from './world.ts'

export type Person = {
  /** As clients know it. */
  id: string
  handle: string
  email: string
  password: string
  token: string
  client: Client
  /** Opens a socket that is signed in as this person. */
  connect(): Promise<TestSocket>
}

/** The member of a mutation's union; what isn't of its type is undefined. */
export type Outcome = {
  __typename: string
  code?: string
  reason?: string
  retryAfterMs?: number
  issues?: { path: string; reason: string }[]
  [field: string]: unknown
}

/** Inputs that aren't named after their field. */
const sharedInputs: Record<string, string> = { addReaction: 'ReactionInput', removeReaction: 'ReactionInput' }

/** The text of a mutation that shows every error's fields, and of the payload what is asked for. */
export function mutationOf(field: string, { input = true, payload = '' } = {}): string {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}`
  const error = '... on Error { code reason ... on InvalidInput { issues { path reason } } ... on RateLimited { retryAfterMs } }'
  const member = `{ __typename ${error} ${payload && `... on ${type}Payload { ${payload} }`} }`
  return input
    ? `mutation ($input: ${sharedInputs[field] ?? `${type}Input`}!) { ${field}(input: $input) ${member} }`
    : `mutation { ${field} ${member} }`
}

/** Runs one mutation. A top-level error is a failure of the test. */
export async function mutate(client: Client, field: string, input: object | null, payload = ''): Promise<Outcome> {
  const { data, errors } = await client.send<Record<string, Outcome>>(mutationOf(field, { input: input !== null, payload }), { input })
  if (errors || !data) throw new Error(`${field} ended in ${JSON.stringify(errors)}`)
  return data[field]!
}

/** Runs one query. A top-level error is a failure of the test. */
export async function query<Data = Record<string, unknown>>(
  client: Client,
  text: string,
  variables?: Record<string, unknown>,
): Promise<Data> {
  const { data, errors } = await client.send<Data>(text, variables)
  if (errors || !data) throw new Error(`${text} ended in ${JSON.stringify(errors)}`)
  return data
}

export const password = 'correct horse battery'

/** Someone new, signed up through the API. */
export async function signUp(
  world: World,
  handle: string,
  more: { password?: string; email?: string; displayName?: string } = {},
): Promise<Person> {
  const input = { handle, email: `${handle}@example.org`, password, ...more }
  const outcome = await mutate(createClient(world.url), 'signUp', input, 'token viewer { user { id } }')
  if (outcome.__typename !== 'SignUpPayload') throw new Error(`${handle} could not sign up: ${outcome.reason}`)
  const { token, viewer } = outcome as unknown as { token: string; viewer: { user: { id: string } } }
  return personOf(world, { id: viewer.user.id, handle, email: input.email, password: input.password, token })
}

/** The same person, signed in once more. */
export async function signIn(world: World, person: Pick<Person, 'id' | 'handle' | 'email' | 'password'>): Promise<Person> {
  const input = { login: person.handle, password: person.password }
  const outcome = await mutate(createClient(world.url), 'signIn', input, 'token')
  if (outcome.__typename !== 'SignInPayload') throw new Error(`${person.handle} could not sign in: ${outcome.reason}`)
  return personOf(world, { ...person, token: String(outcome.token) })
}

export const personOf = (world: World, who: Omit<Person, 'client' | 'connect'>): Person => ({
  ...who,
  client: createClient(world.url, { token: who.token }),
  connect: async () => (await connect(world.url)).init({ authorization: `Bearer ${who.token}` }),
})

/** What `{ viewer { … } }` says, or the code of the error it ends with. */
export async function viewerOf(client: Client, fields = 'user { id }'): Promise<Record<string, unknown> | string | null> {
  const { data, errors } = await client.send<{ viewer: Record<string, unknown> | null }>(`{ viewer { ${fields} } }`)
  return errors ? errors[0]!.extensions.code : data!.viewer
}

/** The secret in a mail: what follows `token=` in its link. */
export const tokenIn = (mail: { text: string } | undefined): string => /#token=([\w-]+)/.exec(mail?.text ?? '')?.[1] ?? 'no token'

/** The six digits in a mail or short message. */
export const codeIn = (message: { text: string } | undefined): string => /\b\d{6}\b/.exec(message?.text ?? '')?.[0] ?? 'no code'
