import { networkOf } from '../../kernel/network.ts'
import type { Rate } from '../../kernel/rate.ts'
import type { RateLimiter } from '../../ports/rate-limiter.ts'
import type { Device } from '../../ports/sessions.ts'
import type { KeyedHash } from './keyed-hash.ts'

export type AccountRates = Record<'signUp' | 'signInAccount' | 'signInAddress' | 'mail' | 'mailHourly' | 'mailAddress' | 'invitation', Rate>

export type Limits = ReturnType<typeof createLimits>

/**
 * How often. Keys hold no address and no login, only their keyed hashes, and are the same whether or not an account exists.
 *
 * A stranger can't lock someone out of their account: what is counted for a login is counted for each network by itself, so that
 * guessing from elsewhere leaves the owner's own tries alone. Over all networks there is a second count, wide enough to need many
 * of them; whoever still meets it comes in by a reset mail, which no sign-in is counted against, and whose newest link always
 * reaches the owner, whoever asked for it. Right and wrong passwords count alike: each costs an argon2.
 */
export function createLimits({ limiter, rates, keyedHash }: { limiter: RateLimiter; rates: AccountRates; keyedHash: KeyedHash }) {
  const networks = 10
  const widely = ({ amount, windowMs }: Rate): Rate => ({ amount: amount * networks, windowMs })
  const nameless = async (text: string) => (await keyedHash(`limit:${text}`)).slice(0, 32)

  return {
    signUp: (device: Device) => limiter.take(`sign-up:network:${networkOf(device.ipAddress)}`, rates.signUp),

    async signIn(login: string, device: Device): Promise<void> {
      const network = networkOf(device.ipAddress)
      const key = await nameless(login)
      await limiter.take(`sign-in:network:${network}`, rates.signInAddress)
      await limiter.take(`sign-in:login:${key}:${network}`, rates.signInAccount)
      await limiter.take(`sign-in:login:${key}`, widely(rates.signInAccount))
    },

    /** A code has its own five tries; this is for guessing at many addresses. */
    redeemCode: (device: Device) => limiter.take(`sign-in:network:${networkOf(device.ipAddress)}`, rates.signInAddress),

    /**
     * One's own network first, so that whoever is past it doesn't spend what others may have sent to them; then the shorter time
     * before the longer one, so that impatience costs a minute and not an hour. Answers after how many milliseconds the address may
     * have another one sent.
     */
    async send(what: 'code' | 'reset', address: string, device: Device): Promise<number> {
      const key = await nameless(address)
      await limiter.take(`mail:network:${networkOf(device.ipAddress)}`, rates.mailAddress)
      const nextMinute = await limiter.take(`${what}:minute:${key}`, rates.mail)
      return Math.max(nextMinute, await limiter.take(`${what}:hour:${key}`, rates.mailHourly))
    },

    /** Someone signed in proves once more who they are: whoever took over their device may not guess without end. */
    prove: (userId: string) => limiter.take(`prove:user:${userId}`, rates.signInAccount),

    invite: (userId: string) => limiter.take(`invite:user:${userId}`, rates.invitation),
  }
}
