import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// Builds dist/sdk/: a package of its own by the name of parley, with the one entry point parley/sdk, to be installed from there
// (`npm install <path to dist/sdk>`) or packed (`npm pack`). It holds no server, and needs graphql-ws alone. Another folder may be named.

const folder = process.argv[2] ?? 'dist/sdk'

rmSync(folder, { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.sdk.json', '--outDir', folder], { stdio: 'inherit' })

const { name, version, license, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string
  version: string
  license: string
  dependencies: Record<string, string>
}
const manifest = {
  ...{ name, version, license },
  description: 'Talks to a Parley server: typed operations, and an inbox that stays as it is on the server.',
  type: 'module',
  sideEffects: false,
  exports: { './sdk': { types: './index.d.ts', default: './index.js' } },
  dependencies: { 'graphql-ws': dependencies['graphql-ws'] },
}
writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync('docs/sdk.md', path.join(folder, 'README.md'))
copyFileSync('LICENSE', path.join(folder, 'LICENSE'))
console.log(`${folder} is built: ${name}/sdk ${version}.`)
