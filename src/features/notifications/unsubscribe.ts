import { createHmac, timingSafeEqual } from 'node:crypto'

type Choices = {
  /** No more mail about anything that happens in conversations. */
  mailNothing(userId: string): Promise<void>
  /** Nothing of this conversation interrupts any more. */
  silence(userId: string, channelId: string): Promise<void>
}

/** `channelId` is null where it is about all conversations. */
export type Unsubscription = { userId: string; channelId: string | null }

const macLength = 16
const none = '00000000-0000-0000-0000-000000000000'

/**
 * Links that end mails without signing in, for whoever has the mail: who and which conversation, signed. They don't expire, since
 * the mail they stand in doesn't, and open nothing else.
 */
export function createUnsubscribe({ key, publicUrl, choices }: { key: string; publicUrl: string; choices: Choices }) {
  const macOf = (body: Buffer) => createHmac('sha256', key).update('unsubscribe:').update(body).digest().subarray(0, macLength)

  /** What a link is for; null where it isn't one of ours. Looks at nothing else. */
  function read(token: string): Unsubscription | null {
    if (token.length > 100) return null
    const whole = Buffer.from(token, 'base64url')
    const body = whole.subarray(0, 32)
    const mac = whole.subarray(32)
    // What decodes to the same bytes is no other token: only one way to write it counts.
    if (mac.length !== macLength || whole.toString('base64url') !== token || !timingSafeEqual(mac, macOf(body))) return null
    const channelId = uuidOf(body.subarray(16))
    return { userId: uuidOf(body.subarray(0, 16)), channelId: channelId === none ? null : channelId }
  }

  return {
    read,

    urlFor(userId: string, channelId: string | null): string {
      const body = Buffer.from(`${userId}${channelId ?? none}`.replaceAll('-', ''), 'hex')
      return `${publicUrl}/unsubscribe?token=${Buffer.concat([body, macOf(body)]).toString('base64url')}`
    },

    /** Does it, however often; null where the link isn't one of ours. */
    async redeem(token: string): Promise<Unsubscription | null> {
      const found = read(token)
      if (!found) return null
      if (found.channelId === null) await choices.mailNothing(found.userId)
      else await choices.silence(found.userId, found.channelId)
      return found
    },
  }
}

export type Unsubscribe = ReturnType<typeof createUnsubscribe>

const uuidOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
