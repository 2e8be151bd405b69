import { Resend } from 'resend'
import { type Mailer, MailRefused } from '../ports/mailer.ts'

type Options = { apiKey: string; from: string; baseUrl?: string; timeoutMs?: number }

export function createMailerResend({ apiKey, from, baseUrl, timeoutMs = 10_000 }: Options): Mailer {
  const resend = new Resend(apiKey, { baseUrl: baseUrl?.replace(/\/+$/, '') })

  return {
    async send({ to, subject, text, html, headers, idempotencyKey }) {
      const signal = AbortSignal.timeout(timeoutMs)
      const answer = await resend.emails.send({ from, to, subject, text, html, headers }, { idempotencyKey, signal })
      if (answer.data?.id) return
      if (signal.aborted) throw new MailRefused(`Resend did not answer within ${timeoutMs / 1_000} s.`, unreachable, { mayBeTaken: true })
      // What is not JSON of Resend's own form (a proxy's page, say) arrives here without the fields that it should have.
      const { name = 'unreadable', message = 'its answer makes no sense', statusCode = null } = answer.error ?? {}
      const wait = retryAfter(statusCode, name, answer.headers?.['retry-after'])
      throw new MailRefused(`Resend refused the mail (${name}): ${message}`, wait, {
        forAll: statusCode === 429,
        mayBeTaken: statusCode === null || statusCode >= 500 || name === 'concurrent_idempotent_requests',
      })
    },
  }
}

const unreachable = 10_000
const overQuota = 3_600_000

/** Null for what will be refused again. */
function retryAfter(status: number | null, name: string, header: string | undefined): number | null {
  const said = header === undefined ? null : parseRetryAfter(header)
  if (name === 'daily_quota_exceeded' || name === 'monthly_quota_exceeded') return said ?? overQuota
  if (status === 429) return said ?? 1_000
  // An earlier try with the same key is still being worked on.
  if (name === 'concurrent_idempotent_requests' || status === 408) return said ?? 1_000
  if (status === null || status >= 500) return said ?? unreachable
  return null
}

/** Seconds, or a date. */
function parseRetryAfter(header: string): number | null {
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}
