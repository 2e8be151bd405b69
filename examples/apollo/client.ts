import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { OperationTypeNode } from 'graphql'
import { createClient } from 'graphql-ws'
import { createCache } from './cache.ts'

/** Queries and mutations over HTTP, subscriptions over one WebSocket. */
export function createApollo(server: string, token: string): ApolloClient {
  const authorization = `Bearer ${token}`
  const http = new HttpLink({ uri: `${server}/graphql`, headers: { authorization } })
  const socket = new GraphQLWsLink(
    createClient({
      url: `${server.replace(/^http/, 'ws')}/graphql`,
      connectionParams: { authorization },
      // It would come back with the cursor that it began with; inbox.ts comes back with the last one.
      retryAttempts: 0,
    }),
  )
  const link = ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, socket, http)
  return new ApolloClient({ link, cache: createCache() })
}
