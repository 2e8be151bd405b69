import type { Library } from './library.ts'
import { openSocket } from './socket.ts'

export const graphqlWs: Library = {
  name: 'graphql-ws',
  open(url, token = '') {
    const { client, ...socket } = openSocket(url, token)
    return {
      ...socket,
      ask: (query, variables) =>
        new Promise((resolve, reject) =>
          client.subscribe({ query, variables }, { next: ({ data }) => resolve(data!), error: reject, complete: () => {} }),
        ),
      listen: (query, variables, take) =>
        client.subscribe({ query, variables }, { next: ({ data }) => take(data!), error: fail, complete: () => {} }),
      close: () => void client.dispose(),
    }
  },
}

const fail = (cause: unknown) => {
  throw new Error('A subscription failed.', { cause })
}
