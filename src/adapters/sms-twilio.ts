import { SmsRefused, type SmsSender } from '../ports/sms.ts'

type Options = {
  accountSid: string
  authToken: string
  /** A number, or the id of a messaging service (`MG…`). */
  from: string
  baseUrl: string
  timeoutMs?: number
}

/** Twilio's Messages resource, over plain HTTP. */
export function createSmsTwilio({ accountSid, authToken, from, baseUrl, timeoutMs = 10_000 }: Options): SmsSender {
  const url = `${baseUrl.replace(/\/+$/, '')}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  const sender = { [from.startsWith('MG') ? 'MessagingServiceSid' : 'From']: from }

  return {
    async send({ to, text }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization, accept: 'application/json' },
        body: new URLSearchParams({ ...sender, To: to, Body: text }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw new SmsRefused(`Twilio can't be reached: ${reasonOf(error, timeoutMs)}`, 10_000)
      })
      if (response.ok) return void response.body?.cancel().catch(() => {})
      const { code, message } = await complaint(response)
      throw new SmsRefused(
        `Twilio refused the message (${code ?? response.status}): ${message ?? response.statusText}`,
        retryAfter(response),
      )
    },
  }
}

/** What Twilio says is wrong. */
async function complaint(response: Response): Promise<{ code?: number; message?: string }> {
  try {
    return Object(await response.json())
  } catch {
    return {}
  }
}

function retryAfter({ status, headers }: Response): number | null {
  if (status !== 429 && status < 500) return null
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1_000 : 10_000
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1_000} s.`
  return error.cause instanceof Error ? error.cause.message : error.message
}
