const lifetimeSeconds = 30 * 24 * 60 * 60

/**
 * The session's cookie. On https it is bound to this host and this scheme (`__Host-`). It lives as long as a session can at most:
 * when the session really ends, earlier for one that isn't used, the server knows, and clears the cookie.
 */
export function createSessionCookie(publicUrl: string) {
  const secure = publicUrl.startsWith('https:')
  const name = secure ? '__Host-parley_session' : 'parley_session'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`

  return {
    name,
    read(header: string | undefined): string | null {
      for (const pair of header?.split(';') ?? []) {
        const equals = pair.indexOf('=')
        if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim() || null
      }
      return null
    },
    set: (token: string) => `${name}=${token}; Max-Age=${lifetimeSeconds}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  }
}

export type SessionCookie = ReturnType<typeof createSessionCookie>
