import type { Log } from '../../src/ports/log.ts'

type Line = { level: 'debug' | 'info' | 'warn' | 'error'; message: string; fields: Record<string, unknown> }

/** A log that keeps its lines. */
export function keptLog(): Log & { lines: Line[] } {
  const lines: Line[] = []
  const over = (known: Record<string, unknown>): Log => {
    const at =
      (level: Line['level']) =>
      (message: string, fields: Record<string, unknown> = {}) =>
        void lines.push({ level, message, fields: { ...known, ...fields } })
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: (fields) => over({ ...known, ...fields }) }
  }
  return { ...over({}), lines }
}
