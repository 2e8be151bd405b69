import type { Pool } from 'pg'
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts'

/**
 * PostgreSQL, where the truth is. Prisma for reads and ordinary writes, `pool` for the few statements written by hand; both
 * share one pool of connections. A statement that can't reach the server, or is not answered within seconds, rejects with what
 * `isUnavailable` (kernel) knows: the GraphQL edge answers SERVICE_UNAVAILABLE for it, and rooms let it pass.
 */
export type Database = {
  prisma: PrismaClient
  pool: Pool
  /** Ends when a statement came back; rejects when none can. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Prisma's client, or the same inside a transaction: what a store's functions take. */
export type Queries = PrismaClient | Prisma.TransactionClient
