import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { examples } from '../graphql/examples.ts'

type Encoding = 'br' | 'gzip' | 'identity'

/** Nothing but this server is asked: the page brings all it needs, and the browser is told to refuse the rest. */
const policy = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'worker-src blob:',
  'img-src data:',
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What GraphiQL does otherwise. */
const amends = `
<style>
  /* Pressed, a tab slides away from under the mouse, and most clicks never reach it: it stays where it is. */
  .graphiql-tab { transform: none !important }
</style>
<script>
  // What is written stays out of the address, and so out of the history: it may be a password.
  history.replaceState = () => {}
  // A server that restarts refuses connections for a while. To GraphiQL the error is the end, the close behind it a reason to try again.
  Object.defineProperty(WebSocket.prototype, 'onerror', { set() {} })
</script>
`

/** The page has 9 MB: it is loaded and compressed when first asked for, once, and then comes from the browser's cache. */
let page: Promise<{ bodies: Record<Encoding, Buffer>; etag: string }> | undefined

async function makePage() {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const rendered = renderGraphiQL({
    title: 'Parley',
    subscriptionsProtocol: 'WS',
    defaultTabs: [...examples],
    shouldPersistHeaders: false,
    credentials: 'same-origin',
  })
  const html = Buffer.from(rendered.replace('</head>', () => `${amends}</head>`))
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: html.length } }),
    promisify(gzip)(html),
  ])
  return { bodies: { br, gzip: gzipped, identity: html }, etag: createHash('sha256').update(html).digest('base64url') }
}

export async function sendGraphiql({ headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bodies, etag: version } = await (page ??= makePage())
  const encoding = encodingFor(headers['accept-encoding'] ?? '')
  const etag = `"${version}-${encoding}"`
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('Cache-Control', 'no-cache')
  response.setHeader('ETag', etag)
  response.appendHeader('Vary', 'Accept-Encoding')
  if (headers['if-none-match']?.includes(etag)) {
    response.writeHead(304).end()
    return
  }
  if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding)
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': bodies[encoding].length })
  response.end(bodies[encoding])
}

function encodingFor(accepted: string): Encoding {
  const offers = new Set(
    accepted
      .split(',')
      .filter((offer) => !/;\s*q=0(\.0*)?\s*$/.test(offer))
      .map((offer) => offer.split(';')[0]!.trim()),
  )
  return offers.has('br') ? 'br' : offers.has('gzip') ? 'gzip' : 'identity'
}
