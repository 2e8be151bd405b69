import { type DestinationStream, destination, type Level, type Logger, pino, stdTimeFunctions } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Log } from '../ports/log.ts'

type Options = {
  level: Level | 'silent'
  /** One JSON object a line for machines, or text for people. */
  json: boolean
  /** Where lines go; the standard output unless told otherwise. */
  to?: DestinationStream
}

export function createLog({ level, json, to = destination({ dest: 1, sync: true }) }: Options): Log {
  const settings = {
    level,
    messageKey: 'message',
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return over(pino(settings, json ? to : forPeople(to)))
}

// In this process rather than in a worker: the last line before an exit is the one that matters most.
function forPeople(to: DestinationStream): DestinationStream {
  const pretty = prettyFactory({ messageKey: 'message', translateTime: 'SYS:HH:MM:ss.l', singleLine: true, errorLikeObjectKeys: ['error'] })
  return { write: (line) => to.write(pretty(line)) }
}

const over = (logger: Logger): Log => {
  const at =
    (level: Level) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (logger.isLevelEnabled(level)) logger[level](presentable(fields) as object, message)
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => over(logger.child(presentable(fields) as object)),
  }
}

const secrets = new Set([
  'password',
  'newpassword',
  'currentpassword',
  'passwordhash',
  'token',
  'tokenhash',
  'code',
  'codehash',
  'secret',
  'apikey',
  'authtoken',
  'authorization',
  'cookie',
  'setcookie',
])
const isSecret = (key: string) => secrets.has(key.toLowerCase().replace(/[-_]/g, ''))

/** Without secrets at whatever depth, and with errors as name, text and stack: what libraries hang on them may hold anything. */
function presentable(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > 8) return '[too deep]'
  if (value instanceof Error) {
    const { name, message, stack, cause, code, errors } = value as Error & { code?: unknown; errors?: unknown }
    return withoutUndefined({
      type: name,
      message,
      code,
      stack,
      cause: presentable(cause, depth + 1),
      errors: presentable(errors, depth + 1),
    })
  }
  if (Array.isArray(value)) return value.map((each) => presentable(each, depth + 1))
  if ('toJSON' in value) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, isSecret(key) ? '[hidden]' : presentable(each, depth + 1)]))
}

const withoutUndefined = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
