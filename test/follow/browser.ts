import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type Program, start } from '../support/program.ts'

// A page of another origin, in Chromium: the SDK as it is built, and programs that import it.

const imports = { 'parley/sdk': '/dist/sdk/index.js', 'graphql-ws/client': '/node_modules/graphql-ws/dist/client.js' }

/** Serves the files of a folder, and a page that runs these modules of it. */
export async function servePage(folder: string, modules: string[]): Promise<{ origin: string; close(): void }> {
  const scripts = modules.map((file) => `<script type="module" src="/${file}"></script>`)
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>${scripts.join('')}`
  const server = createServer((request, response) => {
    const file = path.join(folder, path.posix.normalize(request.url ?? '/'))
    const isPage = request.url === '/'
    if (!isPage && !existsSync(file)) return void response.writeHead(404).end()
    response.setHeader('content-type', isPage ? 'text/html' : 'text/javascript')
    response.end(isPage ? page : readFileSync(file))
  }).listen(0, 'localhost')
  await once(server, 'listening')
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}

/** What the page logs, Chromium says among other things, in quotation marks. */
export const openPage = (url: string, profile: string): Program =>
  start(['chromium', '--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, '--enable-logging=stderr', url], {
    env: { HOME: profile },
    patienceMs: 30_000,
    ownTerminal: true,
  })
