import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { applyMigrations } from '../../src/adapters/migrations.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { makeDirectory, sweepDirectories } from './directory.ts'
import { keptLog } from './log.ts'
import { hasRedis } from './redis.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { url: string; template: string }
  }
}

/** One PostgreSQL for the whole run, without durability, and in it a migrated database that postgres.ts copies from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  requireRedis()
  await sweepDirectories()
  const directory = await makeDirectory()
  const undo = [directory.remove]
  const teardown = async () => {
    for (const step of undo.toReversed()) await step()
  }
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: directory.path, log: keptLog(), maxConnections: 300, durable: false })
    undo.push(postgres.stop)
    project.provide('postgres', { url: postgres.url, template: await makeTemplate(postgres.url) })
    return teardown
  } catch (error) {
    await teardown()
    throw error
  }
}

async function makeTemplate(url: string): Promise<string> {
  const template = 'template_migrated'
  const admin = new Client(url)
  await admin.connect()
  await admin.query(`CREATE DATABASE ${template}`)
  const its = new URL(url)
  its.pathname = template
  await applyMigrations({ url: its.href, log: keptLog() })
  // Nobody connects to it any more: then it can be copied at any time, by several at once.
  await admin.query(`ALTER DATABASE ${template} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`)
  await admin.end()
  return template
}

function requireRedis(): void {
  if (hasRedis) return
  const advice = 'There is no redis-server on the PATH. Install one, or set TEST_REDIS_URL.'
  if (process.env.CI === 'true') throw new Error(advice)
  console.warn(`\n!!! TESTS OF SEVERAL NODES ARE SKIPPED !!! ${advice}\n`)
}
