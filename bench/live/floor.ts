import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { Redis } from 'ioredis'
import { WebSocketServer } from 'ws'
import { bytesOf, framed } from '../../src/transport/frame.ts'

// What a fan-out costs that knows nothing of its readers: what comes by Redis is framed once, and the same buffer is written to every socket.

const sockets = new Set<Socket>()
const http = createServer((_request, response) => response.end('ok'))
new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (ws, { socket }) => {
  ws.once('message', () => {
    ws.send('{"type":"connection_ack"}')
    sockets.add(socket)
  })
  ws.on('close', () => sockets.delete(socket))
})

const redis = new Redis(process.env.REDIS_URL!)
redis.on('message', (_channel, text) => {
  const frame = Buffer.from(framed(bytesOf(text)), 'latin1')
  for (const socket of sockets) socket.write(frame)
})
await redis.subscribe(process.env.TOPIC!)
http.listen(Number(process.env.PORT), '127.0.0.1')
