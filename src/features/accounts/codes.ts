import { randomInt, timingSafeEqual } from 'node:crypto'
import { BadCredentials, Conflict } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import { uniqueViolation } from '../../kernel/unique-violation.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Device } from '../../ports/sessions.ts'
import { redeemCodeInput, requestCodeInput } from './accounts.input.ts'
import type { Errands, Writer } from '../mail/mails.ts'
import { codeLetter, codeSms } from './accounts.mail.ts'
import type { AccountsStore, Address } from './accounts.store.ts'
import type { CodesStore } from './codes.store.ts'
import type { Entrance, SignedIn } from './entrance.ts'
import { handleLike, withFreeHandle } from './handles.ts'
import type { KeyedHash } from './keyed-hash.ts'
import type { Limits } from './limits.ts'
import type { Post } from './post.ts'
import { takenOr } from './taken.ts'

type Needs = {
  store: CodesStore
  accounts: Pick<AccountsStore, 'transaction' | 'create' | 'takenHandles' | 'isUnconfirmed' | 'arrive'>
  entrance: Entrance
  keyedHash: KeyedHash
  limits: Limits
  mails: Errands
  post: Post
  ids: Ids
  clock: Clock
}

/** A right code, found but not used up yet. */
export type Proof = { address: string; codeHash: string }

// Anyone who knows an address can use these up. The way in that nobody else can close is the link of a password reset.
const mostTries = 5
const lifetimeMs = 10 * 60_000
const lifetime = '10 minutes'

export const wrongCode = () => new BadCredentials('This code is wrong, used, or too old. After five tries ask for a new one.')

/** One-time codes: whoever can read what is sent to an address, comes in by it. */
export function createCodes({ store, accounts, entrance, keyedHash, limits, mails, post, ids, clock }: Needs) {
  const inTime = () => new Date(clock.now().getTime() + lifetimeMs)
  const hashOf = (address: string, code: string) => keyedHash(`code:${address}:${code}`)

  /** A new code for an address, which is its only one from then on. */
  const make = async (address: string, within?: Queries): Promise<string> => {
    const code = randomInt(1_000_000).toString().padStart(6, '0')
    const createdAt = clock.now()
    const expiresAt = inTime()
    await store.replace({ address, codeHash: await hashOf(address, code), createdAt, expiresAt }, within)
    return code
  }

  /** The account of an address, made if there is none. Two at once with the same code: one comes in. */
  const comeIn = (proof: Proof, address: Address, handle: string, device: Device) =>
    accounts.transaction(async (within) => {
      if (!(await store.spend(proof, within))) throw wrongCode()
      const now = clock.now()
      const known = await accounts.arrive(address, now, within)
      if (known) return { ...(await entrance.open(known, device, within)), created: false }
      const id = ids()
      const account = { id, handle, displayName: handle, ...address, ...(address.email && { emailVerifiedAt: now }) }
      await accounts.create(account, within)
      return { ...(await entrance.open({ userId: id, role: 'USER' }, device, within)), created: true }
    })

  /** Somebody may have made the account since we looked: then it is there to come into. */
  const comeInTwice = (...how: Parameters<typeof comeIn>) =>
    comeIn(...how).catch((error: unknown) => {
      if (!['accounts_email_key', 'accounts_phone_key'].includes(uniqueViolation(error) ?? '')) throw error
      return comeIn(...how)
    })

  const codes = {
    /** Does the same for everyone: the code comes first, and the account, where there is none, with its use. */
    async request(input: unknown, device: Device): Promise<{ retryAfterMs: number }> {
      const address = parseInput(requestCodeInput, input) as Address
      const { email, phone } = address
      const retryAfterMs = await limits.send('code', email ?? phone, device)
      if (phone) post.sms({ to: phone, text: codeSms(await make(phone), lifetime) })
      else await mails.order({ key: `code:${ids()}`, to: email!, userId: null, priority: 'SECRET', writer: 'code', notAfter: inTime() })
      return { retryAfterMs }
    },

    /** Makes the code when it is mailed: until then it is nowhere. */
    letter: (async ({ to: email }, within) => {
      const unconfirmed = await accounts.isUnconfirmed(email, within)
      return codeLetter(await make(email, within), lifetime, { unconfirmed })
    }) satisfies Writer['write'],

    async signIn(input: unknown, device: Device): Promise<SignedIn & { created: boolean }> {
      const { code, handle, ...given } = parseInput(redeemCodeInput, input)
      const address = given as Address
      await limits.redeemCode(device)
      const proof = await codes.prove(address.email ?? address.phone, code)
      if (!proof) throw wrongCode()
      const come = (name: string) => comeInTwice(proof, address, name, device)
      try {
        return await (handle
          ? come(handle)
          : withFreeHandle(address.email ? handleLike(address.email) : 'user', accounts.takenHandles, come))
      } catch (error) {
        const said = takenOr(error)
        // The code was right and is not used up: it is the handle that has to be another one.
        if (said instanceof Conflict) await store.giveTryBack(proof)
        throw said
      }
    },

    /** Counts a try. A proof opens what it is for by being spent in the same transaction. */
    async prove(address: string, code: string): Promise<Proof | null> {
      const codeHash = await store.takeTry(address, mostTries, clock.now())
      const given = await hashOf(address, code)
      return codeHash && timingSafeEqual(Buffer.from(codeHash), Buffer.from(given)) ? { address, codeHash } : null
    },

    spend: (proof: Proof, within: Queries) => store.spend(proof, within),
    forget: (addresses: readonly string[], within: Queries) => store.forget(addresses, within),
    purge: () => store.purge(clock.now()),
  }
  return codes
}

export type Codes = ReturnType<typeof createCodes>
