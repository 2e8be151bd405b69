import { type App, compose } from './compose.ts'
import { readEnv, WrongSettings } from './env.ts'
import { demoPassword, demoPeople } from './features/accounts/demo.ts'
import { CannotStart } from './kernel/cannot-start.ts'
import { CannotListen } from './transport/server.ts'

const forPeople = [CannotStart, CannotListen, WrongSettings]

/** Ends the process with what a person has to know: one line for what they can mend, the whole error for a bug. */
function giveUp(error: unknown): never {
  console.error(forPeople.some((kind) => error instanceof kind) ? (error as Error).message : error)
  process.exit(1)
}

function stopOnSignal(app: App): void {
  let stopping = false
  const stop = async (signal: string) => {
    if (stopping) return
    stopping = true
    app.log.info('Stopping.', { signal })
    await app.close()
    app.log.info('Stopped.')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal).catch(giveUp))
}

try {
  const env = readEnv()
  const app = await compose(env)
  stopOnSignal(app)
  const { url } = await app.listen()
  app.log.info(`Parley is ready at ${url}`)
  if (env.graphiql) app.log.info(`GraphiQL: ${url}/graphql`)
  if (!env.databaseUrl) app.log.info(`PostgreSQL comes along: its data is in ${env.dataDir}`)
  if (!env.redisUrl) app.log.info('No REDIS_URL: one node only, events stay in this process.')
  if (env.demo) app.log.info(`Demo people: ${demoPeople.map(({ handle }) => handle).join(', ')}; password ${demoPassword}`)
} catch (error) {
  giveUp(error)
}
