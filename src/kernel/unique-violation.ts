/** The index that an insert or update ran into (`users_handle_key`), or null for any other error. From Prisma or from pg. */
export function uniqueViolation(error: unknown): string | null {
  const { code, constraint, meta } = error as {
    code?: string
    constraint?: string
    meta?: { driverAdapterError?: { cause?: { originalMessage?: string } } }
  }
  if (code === '23505') return constraint ?? ''
  if (code !== 'P2002') return null
  return /constraint "([^"]+)"/.exec(meta?.driverAdapterError?.cause?.originalMessage ?? '')?.[1] ?? ''
}
