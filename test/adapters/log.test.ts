import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/adapters/log.ts'

const open = (level: Parameters<typeof createLog>[0]['level'] = 'debug', json = true) => {
  const lines: string[] = []
  const log = createLog({ level, json, to: { write: (line) => void lines.push(line) } })
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> }
}

describe('log', () => {
  it('writes one line of JSON an event, with the sentence and the facts', () => {
    const { log, lines, last } = open()
    log.info('A person signed up.', { userId: 'u1', nested: { of: [1, { two: 2 }] }, at: new Date(0) })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[^\n]+\n$/)
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      message: 'A person signed up.',
      userId: 'u1',
      nested: { of: [1, { two: 2 }] },
      at: '1970-01-01T00:00:00.000Z',
    })
  })

  it('adds the fields of a child to each of its lines, and only to those', () => {
    const { log, last } = open()
    const child = log.child({ requestId: 'r1' }).child({ operation: 'Viewer' })
    child.warn('Slow.', { ms: 900 })
    expect(last()).toMatchObject({ level: 'warn', requestId: 'r1', operation: 'Viewer', ms: 900 })
    log.warn('Not slow.')
    expect(last()).not.toHaveProperty('requestId')
  })

  it('says nothing below its level, and nothing at all when silent', () => {
    const { log, lines } = open('warn')
    log.debug('no')
    log.info('no')
    log.warn('yes')
    log.error('yes')
    expect(lines).toHaveLength(2)
    const silent = open('silent')
    silent.log.error('no')
    expect(silent.lines).toEqual([])
  })

  it('hides secrets at every depth, however they are written, in children too', () => {
    const { log, lines } = open()
    const secret = 'S3CRET'
    const hiding = {
      password: secret,
      Authorization: secret,
      'set-cookie': [secret],
      code: secret,
      newPassword: { of: secret },
      tokenHash: secret,
    }
    log.child({ token: secret, headers: hiding }).info('A request.', { ...hiding, deep: [{ in: { a: { list: [hiding] } } }] })
    log.info('Another.', { cookie: secret, api_key: secret, tokens: 3 })
    expect(lines.join('')).not.toContain(secret)
    expect(lines[1]).toContain('"tokens":3')
  })

  it('writes errors with their stack and what caused them, and none of what else hangs on them', () => {
    const { log, last, lines } = open()
    const cause = Object.assign(new TypeError('the cause'), { code: 'ECONNREFUSED', command: { args: ['S3CRET'] } })
    log.error('That failed.', { error: new Error('the failure', { cause }), others: [new AggregateError([cause], 'many')] })
    expect(last().error).toMatchObject({ type: 'Error', message: 'the failure', stack: expect.stringContaining('log.test.ts') })
    expect(last().error).toMatchObject({ cause: { type: 'TypeError', message: 'the cause', code: 'ECONNREFUSED' } })
    expect(last().others).toMatchObject([{ type: 'AggregateError', errors: [{ message: 'the cause' }] }])
    expect(lines[0]).not.toContain('S3CRET')
  })

  it('survives whatever it is given', () => {
    const { log, lines } = open()
    const round: Record<string, unknown> = {
      big: 10n,
      symbol: Symbol('s'),
      call: () => 1,
      nothing: null,
      none: undefined,
      map: new Map([[1, 2]]),
    }
    round.round = round
    log.info('Odd.', round)
    log.info('Odd.', { error: null })
    log.info('Odd.', { error: 'only a text' })
    expect(lines).toHaveLength(3)
  })

  it('writes text for people, errors with their stack', () => {
    const { log, lines } = open('info', false)
    log.info('Ready at http://localhost:4000', { bus: 'memory', password: 'S3CRET' })
    log.error('That failed.', { error: new Error('the failure') })
    const text = lines.join('')
    expect(lines[0]).toMatch(/INFO.*Ready at http:\/\/localhost:4000.*memory/s)
    expect(text).toContain('the failure')
    expect(text).toContain('log.test.ts')
    expect(text).not.toContain('S3CRET')
  })

  it('has written its last line when the process ends at once', () => {
    const script = `
      import { createLog } from ${JSON.stringify(new URL('../../src/adapters/log.ts', import.meta.url).href)}
      for (const json of [true, false]) createLog({ level: 'info', json }).error('The last words.', { padding: 'x'.repeat(100_000) })
      process.exit(1)`
    const run = () => execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', stdio: 'pipe' })
    expect(run).toThrow(expect.objectContaining({ status: 1, stdout: expect.stringMatching(/The last words.*The last words.*x{1000}/s) }))
  })
})
