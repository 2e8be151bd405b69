import { Client, type Exchange, fetchExchange, type OperationResult, subscriptionExchange } from '@urql/core'
import { createClient } from 'graphql-ws'
import { createCacheExchange } from './cache.ts'

/** Queries and mutations over HTTP, subscriptions over one WebSocket, and a normalised cache in front of both. */
export function createUrql(server: string, token: string): Client {
  const authorization = `Bearer ${token}`
  const socket = createClient({
    url: `${server.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization },
    // It would come back with the cursor that it began with; inbox.ts comes back with the last one.
    retryAttempts: 0,
  })
  const subscriptions: Exchange = subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: socket.subscribe({ query: query!, variables }, sink as Parameters<typeof socket.subscribe>[1]),
      }),
    }),
  })
  return new Client({
    url: `${server}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [createCacheExchange(), fetchExchange, subscriptions],
  })
}

/** Why a subscription ended that connecting again would not mend: a session that has ended, or a mistake in the document. */
export function isOver({ error }: OperationResult): boolean {
  const [said] = error?.graphQLErrors ?? []
  if (said) return said.extensions.code !== 'SERVICE_UNAVAILABLE'
  return (error?.networkError as { code?: number } | undefined)?.code === 4403
}
