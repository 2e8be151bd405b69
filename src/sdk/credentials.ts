import { ParleyError, Unreachable } from './errors.ts'

/**
 * Gives the token to sign in with, asked for each request and each connection. `refused` is one that the server has just turned down:
 * renew it, or give it back to say that there is no other. `null` or nothing: signed out. Whatever is thrown, offline perhaps, passes:
 * it is asked again.
 */
export type GetToken = (asked: { refused?: string }) => string | null | undefined | Promise<string | null | undefined>

export type Credentials = ReturnType<typeof createCredentials>

/** Who one is: a token, a function that gives one, or neither, which in a browser means its cookie. */
export function createCredentials({ token, getToken }: { token?: string; getToken?: GetToken }) {
  let refused: string | undefined
  let last: string | undefined

  async function asked(): Promise<string | null | undefined> {
    try {
      return await getToken?.({ ...(refused !== undefined && { refused }) })
    } catch (thrown) {
      if (thrown instanceof ParleyError) throw thrown
      throw new Unreachable('No token could be got.', { cause: thrown })
    }
  }

  return {
    usesCookie: token === undefined && getToken === undefined,
    /** Whether it is worth asking for another when one is refused; once, not again and again. */
    canRenew: token === undefined && getToken !== undefined,

    async header(): Promise<{ authorization?: string }> {
      last = (token ?? (await asked())) || undefined
      return last === undefined ? {} : { authorization: `Bearer ${last}` }
    },

    /** The server has turned the last token down: whoever gives them hears of it. */
    refuse: () => void (refused = last),
    accept: () => void (refused = undefined),
  }
}
