import { existsSync } from 'node:fs'
import { z } from 'zod'
import { parseDuration } from './kernel/duration.ts'
import { parseRate, type Rate } from './kernel/rate.ts'

// The only reader of process.env. Every setting has its line here and its row in docs/configuration.md (a test compares the two).

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })
const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of: ${values.join(', ')}` })
const flag = choice(['true', 'false']).transform((text) => text === 'true')
const whole = (least: number, most: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `must be a whole number from ${least} to ${most}`,
    })
    .transform(Number)
const number = (preset: number, least: number, most: number) => whole(least, most).default(preset)
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)
const rate = (preset: string) =>
  z
    .string()
    .default(preset)
    .transform((text, context): Rate => {
      const parsed = parseRate(text)
      if (!parsed) context.addIssue({ code: 'custom', message: 'must look like 5/h, 10/15min or 20/4s' })
      return parsed ?? { amount: 1, windowMs: 1 }
    })
const durations = (preset: string) =>
  list.default(preset.split(',')).transform((texts, context) => {
    const parsed = texts.map(parseDuration)
    if (parsed.includes(null) || parsed.length > 10)
      context.addIssue({ code: 'custom', message: 'must be up to ten spans of time such as 10min,1h,1d, separated by commas' })
    return parsed.filter((ms) => ms !== null)
  })
const origin = url('http:', 'https:').transform((text) => new URL(text).origin)

export const settings = z
  .object({
    NODE_ENV: choice(['development', 'test', 'production']).default('development'),
    LOG_LEVEL: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    PORT: number(4000, 0, 65_535),
    HOST: z.string().optional(),
    PUBLIC_URL: url('http:', 'https:').optional(),
    DATA_DIR: z.string().default('.parley'),
    DATABASE_URL: url('postgresql:', 'postgres:').optional(),
    DATABASE_POOL: number(20, 2, 1_000),
    REDIS_URL: url('redis:', 'rediss:').optional(),
    ALLOWED_ORIGINS: list.pipe(z.array(origin)).optional(),
    TRUST_PROXY: list
      .pipe(
        z.array(
          z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
            error: 'must be addresses or networks such as 10.0.0.0/8, separated by commas',
          }),
        ),
      )
      .default([]),
    GRAPHIQL: flag.optional(),
    INTROSPECTION: flag.optional(),

    ADMIN_EMAIL: z.email({ error: 'must be an e-mail address' }).optional(),
    ADMIN_PASSWORD: z
      .string()
      .min(8, { error: 'must have at least 8 characters' })
      .max(200, { error: 'must have at most 200 characters' })
      .optional(),
    DEMO: flag.optional(),
    INVITATIONS: choice(['everyone', 'admins']).default('everyone'),
    PUBLIC_CHANNEL_CREATION: choice(['everyone', 'admins']).default('everyone'),

    RESEND_API_KEY: z.string().min(1).optional(),
    RESEND_BASE_URL: url('http:', 'https:').optional(),
    MAIL_FROM: z.string().default('Parley <parley@localhost>'),
    EMAIL_CONTENT: choice(['none', 'full']).default('full'),
    NOTIFIER: choice(['on', 'off']).default('on'),
    NOTIFY_MAIL_AFTER_SECONDS: number(120, 0, 86_400),
    NOTIFY_MAIL_DISTANCES: durations('10min,1h,1d'),
    NOTIFY_MAILS_PER_DAY: number(6, 1, 1_000),
    TWILIO_ACCOUNT_SID: z.string().min(1).optional(),
    TWILIO_AUTH_TOKEN: z.string().min(1).optional(),
    TWILIO_FROM: z.string().min(1).optional(),
    TWILIO_BASE_URL: url('http:', 'https:').default('https://api.twilio.com'),

    RATE_LIMITS: choice(['on', 'off']).default('on'),
    RATE_LIMIT_SIGN_UP: rate('5/h'),
    RATE_LIMIT_SIGN_IN_ACCOUNT: rate('10/15min'),
    RATE_LIMIT_SIGN_IN_ADDRESS: rate('30/15min'),
    RATE_LIMIT_MAIL: rate('1/min'),
    RATE_LIMIT_MAIL_HOURLY: rate('5/h'),
    RATE_LIMIT_MAIL_ADDRESS: rate('30/h'),
    RATE_LIMIT_INVITATION: rate('20/h'),
    RATE_LIMIT_RESEND: rate('2/s'),
    RATE_LIMIT_SEND: rate('20/4s'),
    RATE_LIMIT_SOCKET: rate('120/10s'),

    LIMIT_QUERY_TOKENS: number(1_000, 1, 1_000_000),
    LIMIT_QUERY_DEPTH: number(10, 1, 1_000),
    LIMIT_QUERY_ALIASES: number(15, 0, 100_000),
    LIMIT_QUERY_COST: number(5_000, 1, 10_000_000),
    LIMIT_QUERY_MUTATIONS: number(3, 1, 1_000),
    LIMIT_QUERY_SECONDS: number(10, 1, 600),
    LIMIT_HTTP_BODY: number(1_000_000, 1_000, 100_000_000),
    LIMIT_SOCKET_PAYLOAD: number(65_536, 1_000, 100_000_000),
    LIMIT_SOCKET_INIT_SECONDS: number(3, 1, 600),
    LIMIT_SOCKET_SUBSCRIPTIONS: number(100, 1, 100_000),
    LIMIT_SOCKETS_PER_USER: number(10, 1, 100_000),
  })
  .transform((raw) => {
    const production = raw.NODE_ENV === 'production'
    const publicUrl = (raw.PUBLIC_URL ?? `http://localhost:${raw.PORT}`).replace(/\/+$/, '')
    return {
      production,
      logLevel: raw.LOG_LEVEL,
      host: raw.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
      port: raw.PORT,
      publicUrl,
      dataDir: raw.DATA_DIR,
      databaseUrl: raw.DATABASE_URL,
      databasePool: raw.DATABASE_POOL,
      redisUrl: raw.REDIS_URL,
      allowedOrigins: raw.ALLOWED_ORIGINS ?? [new URL(publicUrl).origin],
      trustProxy: raw.TRUST_PROXY,
      graphiql: raw.GRAPHIQL ?? !production,
      introspection: raw.INTROSPECTION ?? !production,
      admin: raw.ADMIN_EMAIL && raw.ADMIN_PASSWORD ? { email: raw.ADMIN_EMAIL, password: raw.ADMIN_PASSWORD } : null,
      demo: raw.DEMO ?? (!production && !raw.DATABASE_URL),
      invitations: raw.INVITATIONS,
      publicChannelCreation: raw.PUBLIC_CHANNEL_CREATION,
      resend: raw.RESEND_API_KEY ? { apiKey: raw.RESEND_API_KEY, baseUrl: raw.RESEND_BASE_URL } : null,
      mailFrom: raw.MAIL_FROM,
      emailContent: raw.EMAIL_CONTENT,
      notifier: raw.NOTIFIER === 'on',
      notifyMail: {
        afterMs: raw.NOTIFY_MAIL_AFTER_SECONDS * 1_000,
        distancesMs: raw.NOTIFY_MAIL_DISTANCES,
        mailsPerDay: raw.NOTIFY_MAILS_PER_DAY,
      },
      twilio:
        raw.TWILIO_ACCOUNT_SID && raw.TWILIO_AUTH_TOKEN && raw.TWILIO_FROM
          ? { accountSid: raw.TWILIO_ACCOUNT_SID, authToken: raw.TWILIO_AUTH_TOKEN, from: raw.TWILIO_FROM, baseUrl: raw.TWILIO_BASE_URL }
          : null,
      rateLimits: raw.RATE_LIMITS === 'on',
      rates: {
        signUp: raw.RATE_LIMIT_SIGN_UP,
        signInAccount: raw.RATE_LIMIT_SIGN_IN_ACCOUNT,
        signInAddress: raw.RATE_LIMIT_SIGN_IN_ADDRESS,
        mail: raw.RATE_LIMIT_MAIL,
        mailHourly: raw.RATE_LIMIT_MAIL_HOURLY,
        mailAddress: raw.RATE_LIMIT_MAIL_ADDRESS,
        invitation: raw.RATE_LIMIT_INVITATION,
        resend: raw.RATE_LIMIT_RESEND,
        send: raw.RATE_LIMIT_SEND,
        socket: raw.RATE_LIMIT_SOCKET,
      },
      limits: {
        tokens: raw.LIMIT_QUERY_TOKENS,
        depth: raw.LIMIT_QUERY_DEPTH,
        aliases: raw.LIMIT_QUERY_ALIASES,
        cost: raw.LIMIT_QUERY_COST,
        mutations: raw.LIMIT_QUERY_MUTATIONS,
        operationMs: raw.LIMIT_QUERY_SECONDS * 1_000,
        bodyBytes: raw.LIMIT_HTTP_BODY,
        socketPayloadBytes: raw.LIMIT_SOCKET_PAYLOAD,
        socketInitMs: raw.LIMIT_SOCKET_INIT_SECONDS * 1_000,
        socketSubscriptions: raw.LIMIT_SOCKET_SUBSCRIPTIONS,
        socketsPerUser: raw.LIMIT_SOCKETS_PER_USER,
      },
    }
  })

export type Env = z.output<typeof settings>

const together = [
  ['ADMIN_EMAIL', 'ADMIN_PASSWORD'],
  ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'],
]

/** A setting is wrong. The message has one line for each mistake. */
export class WrongSettings extends Error {}

/** What process.env and `.env` (which it does not override) say. An empty setting counts as none. */
export function readEnv(source?: Record<string, string | undefined>): Env {
  if (!source && existsSync('.env')) process.loadEnvFile('.env')
  const given = Object.fromEntries(Object.entries(source ?? process.env).filter(([, value]) => value !== ''))
  const result = settings.safeParse(given)
  const wrong = result.success ? [] : result.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}.`)
  for (const names of together) {
    const missing = names.filter((name) => given[name] === undefined)
    if (missing.length < names.length) wrong.push(...missing.map((name) => `${name} is missing: ${names.join(', ')} go together.`))
  }
  if (result.success && wrong.length === 0) return result.data
  throw new WrongSettings(wrong.join('\n'))
}
