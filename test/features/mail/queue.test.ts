import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Queries } from '../../../src/ports/database.ts'
import { type Mail, type Mailer, MailRefused } from '../../../src/ports/mailer.ts'
import type { Order } from '../../../src/features/mail/mails.ts'
import { keptLog } from '../../support/log.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { mailTo, openPost, type Post } from '../../support/postman.ts'
import { until } from '../../support/until.ts'

type Row = {
  key: string
  state: string
  tries: number
  recipient: string
  subject: string | null
  html: string | null
  last_error: string | null
}

let database: TestDatabase
const posts: Post[] = []
const log = keptLog()
beforeEach(async () => {
  database = await createDatabase()
  log.lines.length = 0
})
afterEach(async () => {
  await Promise.all(posts.splice(0).map((post) => post.close()))
  await database.drop()
})

async function open(mailer: Mailer, more: Partial<Parameters<typeof openPost>[0]> = {}): Promise<Post> {
  const post = await openPost({ url: database.url, mailer, log, ...more })
  posts.push(post)
  return post
}

/** A mailer that refuses as told, then accepts. */
function refusing(...refusals: Error[]) {
  const mailer = {
    tries: [] as Mail[],
    sent: [] as Mail[],
    async send(mail: Mail) {
      mailer.tries.push(mail)
      const refusal = refusals.shift()
      if (refusal) throw refusal
      mailer.sent.push(mail)
    },
  }
  return mailer
}

const rows = async ({ database }: Post): Promise<Row[]> =>
  (await database.pool.query<Row>('SELECT * FROM mails ORDER BY created_at, id')).rows
/** Pauses between tries are over. */
const hurry = ({ database }: Post) => database.pool.query('UPDATE mails SET due_at = now() WHERE claim IS NULL')
const settled = async (post: Post, state: string) => until(async () => (await rows(post)).every((row) => row.state === state))

describe('posting', () => {
  it('sends what was committed, as it was posted, and once', async () => {
    const mailer = refusing()
    const post = await open(mailer)
    post.start()
    await post.post(mailTo('ada@example.org'))
    await post.postman.settled()
    const { letter, to } = mailTo('ada@example.org')
    expect(mailer.tries).toEqual([{ ...letter, to, idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }])
  })

  it('sends nothing that was rolled back, and what its transaction has committed soon after', async () => {
    const mailer = refusing()
    const post = await open(mailer, { everyMs: 60_000 })
    post.start()
    const { prisma } = post.database
    const broken = prisma.$transaction(async (within) => {
      await post.post(mailTo('nobody@example.org'), within)
      throw new Error('broken')
    })
    await expect(broken).rejects.toThrow('broken')
    await prisma.$transaction((within) => post.post(mailTo('ada@example.org'), within))
    await until(() => mailer.sent.length > 0)
    await post.postman.settled()
    expect(mailer.tries.map(({ to }) => to)).toEqual(['ada@example.org'])
  })

  it('makes one mail of the same key twice, also long after it was sent', async () => {
    const mailer = refusing()
    const post = await open(mailer)
    post.start()
    await Promise.all([1, 2, 3].map(() => post.post(mailTo('ada@example.org', { key: 'one' }))))
    await post.postman.settled()
    await post.post(mailTo('ada@example.org', { key: 'one' }))
    await post.postman.settled()
    expect(mailer.tries).toHaveLength(1)
  })

  it('sends secrets before notifications, and each in the order in which they came', async () => {
    const mailer = refusing()
    const post = await open(mailer)
    for (const [to, priority] of [
      ['n1', 'NOTIFICATION'],
      ['s1', 'SECRET'],
      ['n2', 'NOTIFICATION'],
      ['s2', 'SECRET'],
    ] as const)
      await post.post(mailTo(`${to}@example.org`, { priority }))
    post.start()
    await post.postman.settled()
    expect(mailer.tries.map(({ to }) => to.slice(0, 2))).toEqual(['s1', 's2', 'n1', 'n2'])
  })
})

describe('what is left', () => {
  it('of a mail that was sent: its key, and nothing that it said or to whom', async () => {
    const post = await open(refusing())
    post.start()
    await post.post(mailTo('ada@example.org'))
    await post.postman.settled()
    expect(await rows(post)).toMatchObject([{ key: 'test:ada@example.org', state: 'SENT', recipient: '', subject: null, html: null }])
    const { rows: whole } = await post.database.pool.query("SELECT * FROM mails WHERE mails::text LIKE '%s3cret%'")
    expect(whole).toEqual([])
  })

  it('of one that nobody waits for any more: the same, and it is never sent', async () => {
    const mailer = refusing(new MailRefused('busy', 60_000))
    const post = await open(mailer)
    const notAfter = new Date(Date.now() + 150)
    await post.post(mailTo('late@example.org', { notAfter: new Date(Date.now() - 1) }))
    await post.post(mailTo('ada@example.org', { notAfter }))
    post.start()
    await settled(post, 'EXPIRED')
    expect(mailer.tries.map(({ to }) => to)).toEqual(['ada@example.org'])
    expect(await rows(post)).toMatchObject([
      { recipient: '', html: null },
      { recipient: '', html: null },
    ])
    expect(log.lines.some(({ level }) => level === 'warn')).toBe(true)
  })

  it('of a dead letter: all of it, until nobody waits for it any more', async () => {
    const post = await open(refusing(new MailRefused('No such mailbox: ada@example.org', null)))
    post.start()
    await post.post(mailTo('ada@example.org', { notAfter: new Date(Date.now() + 400) }))
    await settled(post, 'DEAD')
    expect(await rows(post)).toMatchObject([{ recipient: 'ada@example.org', tries: 1, last_error: 'No such mailbox: ada@example.org' }])
    await settled(post, 'EXPIRED')
    expect(await rows(post)).toMatchObject([{ recipient: '', subject: null, html: null, last_error: null }])
    const errors = log.lines.filter(({ level }) => level === 'error')
    expect(errors).toMatchObject([{ fields: { reason: 'No such mailbox: …', tries: 1 } }])
    expect(JSON.stringify(log.lines)).not.toContain('ada@')
  })
})

describe('trying again', () => {
  it('waits as long as it was told, or longer, and asks with the same key and the same words', async () => {
    const mailer = refusing(new MailRefused('busy', 5_000), new Error('socket hang up'))
    const post = await open(mailer)
    post.start()
    await post.post(mailTo('ada@example.org'))
    const pause = async () => {
      await post.postman.settled()
      const { rows } = await post.database.pool.query<{ ms: number }>(
        'SELECT extract(epoch FROM due_at - now())::float8 * 1000 AS ms FROM mails',
      )
      await hurry(post)
      return rows[0]!.ms
    }
    const [first, second] = [await pause(), await pause()]
    expect(first).toBeGreaterThan(4_500)
    expect(first).toBeLessThan(6_300)
    expect(second).toBeGreaterThan(3_500)
    expect(second).toBeLessThan(5_100)
    await settled(post, 'SENT')
    expect(mailer.tries).toHaveLength(3)
    expect(new Set(mailer.tries.map((mail) => JSON.stringify(mail))).size).toBe(1)
    expect(log.lines).toEqual([])
  })

  it('ends after so many tries', async () => {
    const mailer = refusing(...Array.from({ length: 50 }, () => new MailRefused('busy', 1)))
    const post = await open(mailer)
    post.start()
    await post.post(mailTo('ada@example.org'))
    await until(async () => {
      await hurry(post)
      return (await rows(post))[0]!.state === 'DEAD'
    })
    expect(mailer.tries).toHaveLength(18)
    expect(await rows(post)).toMatchObject([{ tries: 18, last_error: 'busy' }])
  })

  it('holds back every mail where every one would be refused', async () => {
    const mailer = refusing(new MailRefused('Too many requests', 400, { forAll: true }))
    const post = await open(mailer)
    post.start()
    const began = performance.now()
    await post.post(mailTo('ada@example.org'))
    await until(() => mailer.tries.length === 1)
    await post.postman.settled()
    await post.post(mailTo('grace@example.org'))
    await until(() => mailer.sent.length > 0)
    expect(performance.now() - began).toBeGreaterThan(390)
  })
})

it('holds back what waits for its turn, too; nothing of that counts as handed over', async () => {
  const mailer = refusing(new MailRefused('Too many requests', 60_000, { forAll: true }))
  const anew = { write: async ({ to }: Order) => ({ ...mailTo(to).letter, about: { to } }) }
  const post = await open(mailer, { gapMs: 200, writers: { anew } })
  for (const to of ['ada', 'grace', 'alan'])
    await post.order({ key: to, to: `${to}@example.org`, userId: null, priority: 'NOTIFICATION', writer: 'anew' })
  post.start()
  const standing = async () => (await post.database.pool.query('SELECT about, claim, last_error FROM mails ORDER BY last_error DESC')).rows
  await until(async () => (await standing()).every(({ last_error: error }) => error !== null))
  expect(await standing()).toEqual(
    ['Too many requests', 'Its turn did not come in time.', 'Its turn did not come in time.'].map((error) => ({
      about: null,
      claim: null,
      last_error: error,
    })),
  )
  expect(mailer.tries).toHaveLength(1)
})

describe('several nodes', () => {
  it('never send the same mail', async () => {
    const mailer = refusing()
    const [one, two] = await Promise.all([open(mailer), open(mailer)])
    const people = Array.from({ length: 100 }, (_, index) => `person${index}@example.org`)
    await Promise.all(people.map((to) => one.post(mailTo(to))))
    one.start()
    two.start()
    await Promise.all([one.postman.settled(), two.postman.settled()])
    expect(mailer.tries.map(({ to }) => to).toSorted()).toEqual(people.toSorted())
  })

  it('keep the distance between two mails together, however long each takes to write; a secret doesn’t wait for those', async () => {
    const gapMs = 600
    const at: { to: string; ms: number }[] = []
    const mailer: Mailer = { send: async ({ to }) => void at.push({ to, ms: performance.now() }) }
    const slow = {
      write: async ({ to }: Order) => {
        await delay(Number(to.split('@')[0]!.split('.')[1]))
        return mailTo(to).letter
      },
    }
    const [one, two] = await Promise.all([1, 2].map(() => open(mailer, { gapMs, writers: { slow } })))
    const order = (to: string, priority: 'SECRET' | 'NOTIFICATION') => one!.order({ key: to, to, userId: null, priority, writer: 'slow' })
    for (const [index, ms] of [1500, 900, 300, 0, 0, 0].entries()) await order(`n${index}.${ms}@example.org`, 'NOTIFICATION')
    one!.start()
    two!.start()
    await until(() => at.length === 1)
    await order('secret.0@example.org', 'SECRET')
    await until(() => at.length === 7, 20_000)
    // What a timer or the way from the database takes, one may lose and the next not.
    const between = at.slice(1).map(({ ms }, index) => ms - at[index]!.ms)
    expect(Math.min(...between)).toBeGreaterThan(gapMs - 100)
    expect(at.at(-1)!.ms - at[0]!.ms).toBeGreaterThan(6 * gapMs - 100)
    expect(at.findIndex(({ to }) => to.startsWith('secret'))).toBeLessThanOrEqual(3)
  })

  it('keep it where all is written already', async () => {
    const at: number[] = []
    const mailer: Mailer = { send: async () => void at.push(performance.now()) }
    const [one, two] = await Promise.all([open(mailer, { gapMs: 60 }), open(mailer, { gapMs: 60 })])
    for (let index = 0; index < 12; index++) await one.post(mailTo(`person${index}@example.org`))
    one.start()
    two.start()
    await until(() => at.length === 12)
    // What one loses on its way another may gain; over all of them nothing is gained.
    expect(at.at(-1)! - at[0]!).toBeGreaterThan(11 * 60 - 30)
  })

  it('take over from one that doesn’t come back, with the same key; whoever comes late changes nothing', async () => {
    const late = Promise.withResolvers<void>()
    const tries: Mail[] = []
    const hanging: Mailer = { send: (mail) => (tries.push(mail), late.promise) }
    const one = await open(hanging, { leaseMs: 300, answerMs: 50 })
    one.start()
    await one.post(mailTo('ada@example.org'))
    await until(() => tries.length > 0)
    const closed = one.postman.close()
    const mailer = refusing()
    const two = await open(mailer)
    two.start()
    await until(() => mailer.sent.length > 0)
    await two.postman.settled()
    expect(mailer.tries).toEqual(tries)
    late.reject(new MailRefused('No.', null))
    await closed
    expect(await rows(two)).toMatchObject([{ state: 'SENT', tries: 2, last_error: null }])
  })

  it('leave alone what one comes to too late, because its lease may end', async () => {
    const mailer = refusing()
    const post = await open(mailer, {
      leaseMs: 200,
      answerMs: 150,
      writers: {
        slowly: {
          write: async () => {
            await new Promise((resolve) => setTimeout(resolve, 100))
            return mailTo('ada@example.org').letter
          },
        },
      },
    })
    post.start()
    await post.order({ key: 'slow', to: 'ada@example.org', userId: null, priority: 'SECRET', writer: 'slowly' })
    // The next try finds it written.
    await settled(post, 'SENT')
    expect(mailer.tries).toHaveLength(1)
    expect((await rows(post))[0]!.tries).toBeGreaterThan(1)
  })

  it('give up what nobody who tried it came back from', async () => {
    const post = await open(refusing())
    await post.post(mailTo('ada@example.org'))
    await post.database.pool.query("UPDATE mails SET tries = 18, claim = gen_random_uuid(), due_at = now() - interval '1 second'")
    post.start()
    await settled(post, 'DEAD')
    expect(await rows(post)).toMatchObject([{ last_error: 'Whoever was sending it ended before there was an answer.' }])
  })
})

describe('what is written when it is sent', () => {
  const order = { key: 'order', to: 'ada@example.org', userId: null, priority: 'SECRET', writer: 'hello' } as const

  it('is written once, however often it is tried', async () => {
    let written = 0
    const mailer = refusing(new MailRefused('busy', 1))
    const writers = { hello: { write: async ({ to }: Order) => ({ subject: `Hello ${++written}`, text: to, html: to }) } }
    const post = await open(mailer, { writers })
    post.start()
    await post.order(order)
    await post.postman.settled()
    await hurry(post)
    await settled(post, 'SENT')
    expect(mailer.tries.map(({ subject, text }) => [subject, text])).toEqual([
      ['Hello 1', 'ada@example.org'],
      ['Hello 1', 'ada@example.org'],
    ])
  })

  it('is not written where somebody else has done so meanwhile', async () => {
    const held = Promise.withResolvers<void>()
    const writerOf = (name: string, waits?: Promise<void>) => ({
      async write({ to }: Order, within: Queries) {
        await waits
        await within.$executeRaw`UPDATE server SET home = ${name}`
        return { subject: name, text: to, html: to }
      },
    })
    const mailer = refusing()
    const one = await open(mailer, { leaseMs: 200, answerMs: 50, writers: { hello: writerOf('one', held.promise) } })
    one.start()
    await one.order(order)
    await until(async () => (await rows(one))[0]!.tries === 1)
    const closed = one.postman.close()
    const two = await open(mailer, { writers: { hello: writerOf('two') } })
    two.start()
    await settled(two, 'SENT')
    held.resolve()
    await closed
    expect(mailer.tries.map(({ subject }) => subject)).toEqual(['two'])
    expect((await two.database.pool.query<{ home: string }>('SELECT home FROM server')).rows).toEqual([{ home: 'two' }])
  })

  it('leaves no trace where there is nothing to write', async () => {
    const mailer = refusing()
    const post = await open(mailer, { writers: { hello: { write: async () => null } } })
    post.start()
    await post.order(order)
    await post.postman.settled()
    expect({ rows: await rows(post), tries: mailer.tries }).toEqual({ rows: [], tries: [] })
  })

  it('is tried again where it could not be written, and nothing is said of why but its kind', async () => {
    const failures = [new TypeError('s3cret')]
    const mailer = refusing()
    const hello = async () => {
      const failure = failures.shift()
      if (failure) throw failure
      return mailTo('ada@example.org').letter
    }
    const post = await open(mailer, { writers: { hello: { write: hello } } })
    post.start()
    await post.order(order)
    await post.postman.settled()
    expect(await rows(post)).toMatchObject([{ state: 'QUEUED', last_error: 'It could not be written or handed over: TypeError.' }])
    await hurry(post)
    await settled(post, 'SENT')
  })
})

it('counts what waits, what went, what failed and what is dead', async () => {
  const post = await open(refusing(new MailRefused('busy', 60_000), new MailRefused('no', null)))
  post.start()
  for (const to of ['ada', 'grace', 'alan']) {
    await post.post(mailTo(`${to}@example.org`))
    await post.postman.settled()
  }
  const number = async (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec((await post.metrics.render()).body)?.[1])
  await until(async () => (await number('parley_mails_dead')) === 1)
  await until(async () => (await number('parley_mails_queued')) === 1)
  expect(await number('parley_mails_oldest_seconds')).toBeGreaterThan(0)
  expect(await number('parley_mails_sent_total{priority="NOTIFICATION"}')).toBe(1)
  expect(await number('parley_mails_failed_total{priority="NOTIFICATION"}')).toBe(2)
})

it('goes on by itself once the database is back', async () => {
  const mailer = refusing()
  const post = await open(mailer)
  post.start()
  const away = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
  await post.database.pool.query(away)
  const posted = () =>
    post.post(mailTo('ada@example.org')).then(
      () => true,
      () => false,
    )
  await until(posted)
  await until(() => mailer.sent.length > 0)
  expect(mailer.sent).toHaveLength(1)
})
