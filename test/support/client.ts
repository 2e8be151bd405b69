type Answer<Data> = {
  status: number
  headers: Headers
  data?: Data | null
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; [name: string]: unknown } }[]
  extensions?: Record<string, unknown>
}

type Options = {
  token?: string
  /** What a browser would say of the page. With one, cookies are kept and sent. */
  origin?: string
  headers?: Record<string, string>
}

/** A small GraphQL client over fetch: shows everything, throws nothing. `url` is the server's, without the path. */
export function createClient(url: string, { token, origin, headers = {} }: Options = {}) {
  const cookies = new Map<string, string>()

  async function send<Data = Record<string, unknown>>(
    query: string,
    variables?: Record<string, unknown>,
    more: { operationName?: string; extensions?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ): Promise<Answer<Data>> {
    const { headers: moreHeaders, ...parameters } = more
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(origin !== undefined && { origin, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...headers,
        ...moreHeaders,
      },
      body: JSON.stringify({ query, variables, ...parameters }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
      if (/max-age=0/i.test(cookie)) cookies.delete(name!)
      else cookies.set(name!, value!)
    }
    const body = await response.text()
    return { status: response.status, headers: response.headers, ...(JSON.parse(body || '{}') as Omit<Answer<Data>, 'status' | 'headers'>) }
  }

  return { send, cookies, as: (token: string) => createClient(url, { token, origin, headers }) }
}

export type Client = ReturnType<typeof createClient>
