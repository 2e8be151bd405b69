import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'

export type TestDatabase = {
  url: string
  /** Ends whoever is still connected, too. */
  drop(): Promise<void>
}

/** A database of one's own, migrated and otherwise empty, within some tens of milliseconds. */
export async function createDatabase(): Promise<TestDatabase> {
  const { template } = inject('postgres')
  return create(`TEMPLATE ${template}`)
}

/** One with nothing in it at all. */
export const createEmptyDatabase = (): Promise<TestDatabase> => create('TEMPLATE template0')

async function create(how: string): Promise<TestDatabase> {
  const url = new URL(inject('postgres').url)
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(`CREATE DATABASE ${name} ${how}`)
  url.pathname = name
  return { url: url.href, drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function administer(statement: string): Promise<void> {
  const admin = new Client(inject('postgres').url)
  await admin.connect()
  try {
    await admin.query(statement)
  } finally {
    await admin.end()
  }
}
