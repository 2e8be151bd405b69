import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { RateLimited } from '../kernel/errors.ts'
import type { Passwords } from '../ports/passwords.ts'

type Costs = { memory: number; passes: number; parallelism: number }

const derive = promisify(argon2)
const costs: Costs = { memory: 19_456, passes: 2, parallelism: 1 }
const saltBytes = 16
const tagBytes = 32

// The string format of the password hashing competition: $argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>
const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
const write = ({ memory, passes, parallelism }: Costs, salt: Buffer, tag: Buffer) =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`

function read(hash: string): { costs: Costs; salt: Buffer; tag: Buffer } {
  const [, memory, passes, parallelism, salt, tag] = phc.exec(hash) ?? []
  if (!salt || !tag) throw new Error('A stored password hash is not argon2id in the PHC string format.')
  return {
    costs: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

// One password can be typed as different code points (é as one or as two): NFC makes them one.
const tagOf = (password: string, { memory, passes, parallelism }: Costs, nonce: Buffer, tagLength: number) =>
  derive('argon2id', { message: Buffer.from(password.normalize('NFC')), nonce, memory, passes, parallelism, tagLength })

/** How many wait for each that runs: about two seconds' worth. */
const waitingPerRunning = 60

// One core stays free for everything else, and so does one of libuv's four threads, on which files and names are read.
export function createPasswords({ atOnce = Math.max(1, Math.min(availableParallelism() - 1, 3)) } = {}): Passwords {
  const gate = createGate(atOnce, atOnce * waitingPerRunning)
  const nobody = write(costs, randomBytes(saltBytes), randomBytes(tagBytes))

  return {
    async hash(password) {
      const salt = randomBytes(saltBytes)
      return write(costs, salt, await gate(() => tagOf(password, costs, salt, tagBytes)))
    },
    async verify(hash, password) {
      const expected = read(hash ?? nobody)
      const tag = await gate(() => tagOf(password, expected.costs, expected.salt, expected.tag.length))
      return timingSafeEqual(tag, expected.tag) && hash !== null
    },
  }
}

/** Runs at most `atOnce`, lets at most `mostWaiting` wait in order, and refuses more than that. */
function createGate(atOnce: number, mostWaiting: number) {
  const waiting: (() => void)[] = []
  let running = 0
  let usualMs = 30

  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting)
        throw new RateLimited((waiting.length / atOnce) * usualMs, 'Too many are signing in right now. Try again in a moment.')
      await new Promise<void>((go) => waiting.push(go))
    } else running++
    const start = performance.now()
    try {
      return await work()
    } finally {
      usualMs += (performance.now() - start - usualMs) / 8
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
