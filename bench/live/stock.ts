import { createServer } from 'node:http'
import SchemaBuilder from '@pothos/core'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { ExecutionArgs } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createYoga } from 'graphql-yoga'
import { Redis } from 'ioredis'
import { WebSocketServer } from 'ws'

// The documented recipe: Yoga, Pothos, graphql-ws' useServer, graphql-redis-subscriptions. The same part of the schema, nothing else.

type Sender = { id: string; handle: string; displayName: string }
type Message = { id: string; seq: number; version: number; kind: string; text: string; createdAt: string; sender: Sender }
type Added = { cursor: string; channelId: string; message: Message }

const pubsub = new RedisPubSub({ publisher: new Redis(process.env.REDIS_URL!), subscriber: new Redis(process.env.REDIS_URL!) })
const builder = new SchemaBuilder<{ Objects: { User: Sender; Message: Message; MessageAdded: Added } }>({} as never)

builder.objectType('User', {
  fields: (t) => ({ id: t.exposeID('id'), handle: t.exposeString('handle'), displayName: t.exposeString('displayName') }),
})
builder.objectType('Message', {
  fields: (t) => ({
    id: t.exposeID('id'),
    seq: t.exposeInt('seq'),
    version: t.exposeInt('version'),
    kind: t.exposeString('kind'),
    text: t.exposeString('text'),
    createdAt: t.string({ resolve: ({ createdAt }) => new Date(createdAt).toISOString() }),
    sender: t.field({ type: 'User', resolve: ({ sender }) => sender }),
  }),
})
builder.objectType('MessageAdded', {
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    channelId: t.exposeID('channelId'),
    message: t.field({ type: 'Message', resolve: ({ message }) => message }),
  }),
})
builder.queryType({ fields: (t) => ({ ok: t.boolean({ resolve: () => true }) }) })
builder.subscriptionType({
  fields: (t) => ({
    messageAdded: t.field({
      type: 'MessageAdded',
      args: { channelId: t.arg.id({ required: true }) },
      subscribe: (_root, { channelId }) => pubsub.asyncIterator<Added>(`channel.${channelId}`) as unknown as AsyncIterable<Added>,
      resolve: (event) => event,
    }),
  }),
})

const yoga = createYoga({ schema: builder.toSchema(), logging: false })
const http = createServer((request, response) => (request.url === '/livez' ? response.end('ok') : void yoga(request, response)))
type Enveloped = { execute(args: unknown): unknown; subscribe(args: unknown): unknown }

useServer(
  {
    execute: (args) => (args.rootValue as Enveloped).execute(args) as never,
    subscribe: (args) => (args.rootValue as Enveloped).subscribe(args) as never,
    onSubscribe: async (context, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      })
      const args: ExecutionArgs = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
      const errors = validate(args.schema, args.document)
      return errors.length > 0 ? errors : args
    },
  },
  new WebSocketServer({ server: http, path: yoga.graphqlEndpoint }),
)
http.listen(Number(process.env.PORT), '127.0.0.1')
