import { cacheExchange, Client, fetchExchange, subscriptionExchange } from '@urql/core'
import type { Library } from './library.ts'
import { openSocket } from './socket.ts'

export const urql: Library = {
  name: 'urql',
  open(url, token) {
    const { client: ws, ...socket } = openSocket(url, token ?? '')
    const client = new Client({
      url: `${url}/graphql`,
      fetchOptions: { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } },
      preferGetMethod: false,
      exchanges: [
        cacheExchange,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: (request) => ({
            subscribe: (sink) => ({ unsubscribe: ws.subscribe({ ...request, query: request.query! }, sink as never) }),
          }),
        }),
      ],
    })
    return {
      ...socket,
      async ask(document, variables) {
        const kind = document.startsWith('mutation') ? 'mutation' : 'query'
        const { data, error } = await client[kind](document, variables).toPromise()
        if (error) throw error
        return data as Record<string, unknown>
      },
      listen: (document, variables, take) =>
        client.subscription(document, variables).subscribe(({ data, error }) => {
          if (error) throw error
          take(data as Record<string, unknown>)
        }).unsubscribe,
      close: () => void ws.dispose(),
    }
  },
}
