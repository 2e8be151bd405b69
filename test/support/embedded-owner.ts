// A server in miniature, to be killed: owns the embedded PostgreSQL of the directory in its first argument until it reads a line.
// It says what happens as lines of JSON.
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { CannotStart } from '../../src/kernel/cannot-start.ts'
import { keptLog } from './log.ts'

const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)

process.on('SIGINT', () => say({ interrupted: true }))
try {
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log: keptLog() })
  say({ url: postgres.url })
  // Or the end of it: whoever started this is gone.
  for await (const _ of process.stdin) break
  await postgres.stop()
  process.exit(0)
} catch (error) {
  if (!(error instanceof CannotStart)) throw error
  say({ cannotStart: error.message })
  process.exit(1)
}
