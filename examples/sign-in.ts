/** Where Parley is. */
export const server = process.env.PARLEY_URL ?? 'http://localhost:4000'

/** Whom the examples sign in as: one of the demo people, or whoever you say. */
const { PARLEY_LOGIN = 'ada', PARLEY_PASSWORD = 'parley-demo' } = process.env

/** One operation over HTTP. What ends it at the top level is thrown; expected failures are in the answer. */
export async function ask<Data>(query: string, variables: object = {}, token?: string): Promise<Data> {
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  }).catch((cause: unknown) => {
    throw new NobodyAnswers(`No Parley answers at ${server}. Start one in another terminal: npm start`, { cause })
  })
  const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] }
  if (errors || !data) throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`)
  return data
}

export class NobodyAnswers extends Error {}

const signingIn = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { ... on SignInPayload { token } ... on Error { reason } }
}`

/** The token that a program sends as `Authorization: Bearer …`. */
export async function signIn(login = PARLEY_LOGIN, password = PARLEY_PASSWORD): Promise<string> {
  const { signIn } = await ask<{ signIn: { token?: string; reason?: string } }>(signingIn, { input: { login, password } })
  if (!signIn.token) throw new Error(signIn.reason)
  return signIn.token
}
