import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** One operation over HTTP. Throws where it has errors, or says anything but what was asked for. */
export async function post(url: string, token: string, query: string, variables: object): Promise<Record<string, unknown>> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const sent = request(
    `${url}/graphql`,
    { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } },
    (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.once('end', () => resolve(text))
    },
  )
  sent.once('error', reject)
  sent.end(JSON.stringify({ query, variables }))
  const text = await promise
  const { data, errors } = JSON.parse(text) as { data?: Record<string, { __typename?: string }>; errors?: unknown }
  if (errors || !data || Object.values(data).some(({ __typename }) => __typename && !/Success|Payload/.test(__typename)))
    throw new Error(`An operation failed: ${text}`)
  return data
}
