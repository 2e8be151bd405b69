import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createMailerFiles } from '../../src/adapters/mailer-files.ts'
import { heldClock } from '../support/clock.ts'
import { keptLog } from '../support/log.ts'
import { letter, mailerContract } from './contracts/mailer.ts'

const places: string[] = []
afterEach(async () => void (await Promise.all(places.splice(0).map((place) => rm(place, { recursive: true, force: true })))))

async function open() {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-mail-'))
  places.push(dataDir)
  const folder = join(dataDir, 'mail')
  const [log, clock] = [keptLog(), heldClock()]
  const names = async (extension: string) => (await readdir(folder)).filter((name) => name.endsWith(extension)).toSorted()
  const read = async (name: string) => {
    const text = await readFile(join(folder, name), 'utf8')
    const field = (called: string) => new RegExp(`^${called}: (.*)$`, 'm').exec(text)?.[1] ?? ''
    return {
      to: field('To'),
      subject: field('Subject'),
      text: text.slice(text.indexOf('\n\n') + 2),
      html: await readFile(join(folder, name.replace(/txt$/, 'html')), 'utf8'),
    }
  }
  return {
    mailer: createMailerFiles({ dataDir, from: 'Parley <parley@localhost>', clock, log }),
    arrived: async () => Promise.all((await names('.txt')).map(read)),
    async breakDown() {
      await rm(folder, { recursive: true, force: true })
      await writeFile(folder, 'a file where the folder should be')
    },
    folder,
    log,
    clock,
    names,
  }
}

mailerContract('mailer-files', open)

describe('mailer-files', () => {
  it('names the file in one line of the log, where a reader finds the whole mail', async () => {
    const { mailer, log } = await open()
    await mailer.send(letter({ headers: { 'X-Parley': 'yes' } }))
    expect(log.lines).toHaveLength(1)
    const text = await readFile(fileURLToPath(String(log.lines[0]?.fields.file)), 'utf8')
    expect(text).toBe(
      `${[
        'From: Parley <parley@localhost>',
        'To: ada@example.org',
        'Subject: Grüße aus Parley 👋',
        'Date: Tue, 01 Jan 2030 00:00:00 GMT',
        'X-Parley: yes',
        '',
        letter().text,
      ].join('\n')}\n`,
    )
  })

  it('says nothing in the log of what a mail says', async () => {
    const { mailer, log, breakDown } = await open()
    await mailer.send(letter())
    await breakDown()
    await mailer.send(letter()).catch(() => {})
    expect(log.lines).toHaveLength(1)
    expect(JSON.stringify(log.lines)).not.toMatch(/123456|t0ken/)
  })

  it('names files by time and person, in order', async () => {
    const { mailer, clock, names } = await open()
    await mailer.send(letter())
    clock.forward(1_500)
    await mailer.send(letter({ to: 'bob+x@example.org' }))
    expect(await names('.txt')).toEqual([
      expect.stringMatching(/^2030-01-01T00-00-00\.000Z-ada@example\.org-[0-9a-f]{16}\.txt$/),
      expect.stringMatching(/^2030-01-01T00-00-01\.500Z-bob\+x@example\.org-[0-9a-f]{16}\.txt$/),
    ])
  })

  it('lets nobody else read them, and leaves nothing unfinished', async () => {
    const { mailer, folder } = await open()
    await mailer.send(letter())
    const names = await readdir(folder)
    expect(names).toHaveLength(2)
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  it('stays in its folder, whatever an address looks like', async () => {
    const { mailer, names, arrived } = await open()
    await mailer.send(letter({ to: `../../../etc/${'x'.repeat(300)}@example.org` }))
    expect(await names('.txt')).toHaveLength(1)
    expect(await arrived()).toHaveLength(1)
  })

  it('remembers keys for a day', async () => {
    const { mailer, clock, arrived } = await open()
    const mail = letter()
    await mailer.send(mail)
    clock.forward(86_399_000)
    await mailer.send(mail)
    expect(await arrived()).toHaveLength(1)
    clock.forward(2_000)
    await mailer.send(mail)
    expect(await arrived()).toHaveLength(2)
  })

  it('says which folder it could not write to, and why', async () => {
    const { mailer, folder, breakDown } = await open()
    await breakDown()
    await chmod(folder, 0o600)
    await expect(mailer.send(letter())).rejects.toThrow(folder)
    await expect(mailer.send(letter())).rejects.toThrow(/EEXIST|ENOTDIR/)
  })
})
