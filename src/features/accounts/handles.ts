import { randomInt } from 'node:crypto'
import { Conflict } from '../../kernel/errors.ts'
import { isReserved, leastHandle, mostHandle } from '../../kernel/names.ts'
import { uniqueViolation } from '../../kernel/unique-violation.ts'

const suffixLength = 5
const mostRounds = 5

/** A handle that looks like an e-mail address: what stands before the @, without what comes after a +. */
export function handleLike(email: string): string {
  const [local = ''] = email.split(/[@+]/)
  const plain = local
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .slice(0, mostHandle - suffixLength)
  return plain.length >= leastHandle && !isReserved(plain) ? plain : `${plain}user`
}

/** Calls `make` with a handle like the wished one that is free, and with another one should somebody be faster. */
export async function withFreeHandle<Result>(
  wish: string,
  taken: (handles: readonly string[]) => Promise<Set<string>>,
  make: (handle: string) => Promise<Result>,
): Promise<Result> {
  for (let round = 0; round < mostRounds; round++) {
    const numbered = Array.from({ length: 8 }, (_, index) => `${wish}${index + 2}`)
    const drawn = Array.from({ length: 8 }, () => `${wish}${randomInt(10_000, 100_000)}`)
    // Where many want the same one at once, counting on would only make them meet again.
    const candidates = round < 2 ? [wish, ...numbered, ...drawn] : drawn
    const gone = await taken(candidates)
    const free = candidates.find((handle) => !gone.has(handle))
    if (!free) continue
    try {
      return await make(free)
    } catch (error) {
      if (uniqueViolation(error) !== 'users_handle_key') throw error
    }
  }
  throw new Conflict('No free handle was found. Choose one.')
}
