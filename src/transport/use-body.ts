import type { IncomingMessage } from 'node:http'
import type { Plugin } from 'graphql-yoga'
import { failure } from '../graphql/failures.ts'
import type { EdgeContext } from './call.ts'

/**
 * Reads bodies straight from the connection and stops at the limit. Yoga's own way through web streams costs more than half as
 * much again as all the rest of a small request.
 */
export function useBody(mostBytes: number): Plugin<object, EdgeContext> {
  return {
    onRequestParse: ({ serverContext, setRequestParser }) => setRequestParser(async () => parse(await read(serverContext.req!, mostBytes))),
  }
}

function parse(body: string) {
  try {
    return JSON.parse(body)
  } catch {
    throw failure('BAD_REQUEST', 'The body is not JSON.', { http: { spec: false } })
  }
}

function read(request: IncomingMessage, mostBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const tooLarge = () => {
      // What still comes is heard and forgotten: closing on a client that is sending would lose it the answer.
      request.removeAllListeners('data').resume()
      const reason = `The body is larger than ${mostBytes} bytes. Send less at once.`
      reject(failure('LIMIT_EXCEEDED', reason, { limit: 'bytes', max: mostBytes, http: { status: 413, spec: false } }))
    }
    request
      .on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > mostBytes) tooLarge()
      })
      .once('end', () => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()))
      .once('close', () => request.complete || reject(failure('BAD_REQUEST', 'The request was broken off.')))
  })
}
