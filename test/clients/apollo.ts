import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { OperationTypeNode } from 'graphql'
import type { Library } from './library.ts'
import { openSocket } from './socket.ts'

export const apollo: Library = {
  name: 'Apollo Client',
  open(url, token) {
    const { client: ws, ...socket } = openSocket(url, token ?? '')
    const http = new HttpLink({ uri: `${url}/graphql`, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, new GraphQLWsLink(ws), http),
    })
    return {
      ...socket,
      async ask(document, variables) {
        const { data } = document.startsWith('mutation')
          ? await client.mutate({ mutation: gql(document), variables })
          : await client.query({ query: gql(document), variables })
        return data as Record<string, unknown>
      },
      listen(document, variables, take) {
        const subscription = client.subscribe({ query: gql(document), variables }).subscribe(({ data, error }) => {
          if (error) throw new Error('A subscription failed.', { cause: error })
          take(data as Record<string, unknown>)
        })
        return () => subscription.unsubscribe()
      },
      close() {
        client.stop()
        void ws.dispose()
      },
    }
  },
}
