import type { Pool, PoolClient } from 'pg'

export type Statement = { text: string; name?: string; values: unknown[] }

/**
 * The SQL that a piece of work sends through a pool, Prisma's and that of transactions included, in order. What else uses the pool
 * meanwhile is counted along, so let nothing else run; but for those who never rest: the postman is left out, and so is the sweep, and
 * whatever else reads what changed, unless asked for.
 */
export async function statementsDuring<Result>(
  pool: Pool,
  work: () => Promise<Result>,
  { sweeps = false } = {},
): Promise<{ result: Result; statements: string[] }> {
  const { result, statements } = await wholeStatementsDuring(pool, work)
  const isSweep = ({ text }: Statement) => text.includes(' AS heads FROM server')
  const counted = statements.filter((one) => !one.name?.startsWith('mails_') && (sweeps || !isSweep(one)))
  return { result, statements: counted.map(({ text }) => text) }
}

/** The same with their values, and of everyone. */
export async function wholeStatementsDuring<Result>(
  pool: Pool,
  work: () => Promise<Result>,
): Promise<{ result: Result; statements: Statement[] }> {
  const statements: Statement[] = []
  const original = { query: pool.query, connect: pool.connect }
  const note = (query: unknown, given: unknown) => {
    const { text, name, values = [] } = typeof query === 'string' ? { text: query } : (query as Partial<Statement> & { text: string })
    statements.push({ text, name, values: Array.isArray(given) ? given : values })
  }

  // pool.query takes its connection with a callback; whoever takes one to keep it for a while awaits it.
  const query = (...args: unknown[]) => {
    note(args[0], args[1])
    return Reflect.apply(original.query, pool, args)
  }
  const connect = (...args: unknown[]) => {
    const taken: unknown = Reflect.apply(original.connect, pool, args)
    return args.length > 0 ? taken : (taken as Promise<PoolClient>).then(listen)
  }
  const listen = (client: PoolClient) => {
    const { query: send, release } = client
    client.query = ((...args: unknown[]) => {
      note(args[0], args[1])
      return Reflect.apply(send, client, args)
    }) as PoolClient['query']
    client.release = (error) => {
      client.query = send
      release(error)
    }
    return client
  }

  Object.assign(pool, { query, connect })
  try {
    return { result: await work(), statements }
  } finally {
    Object.assign(pool, original)
  }
}
