import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createSmsFiles } from '../../src/adapters/sms-files.ts'
import { heldClock } from '../support/clock.ts'
import { keptLog } from '../support/log.ts'
import { message, smsContract } from './contracts/sms.ts'

const places: string[] = []
afterEach(async () => void (await Promise.all(places.splice(0).map((place) => rm(place, { recursive: true, force: true })))))

async function open() {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-sms-'))
  places.push(dataDir)
  const folder = join(dataDir, 'sms')
  const log = keptLog()
  const read = async (name: string) => {
    const [head, ...rest] = (await readFile(join(folder, name), 'utf8')).split('\n\n')
    return { to: /^To: (.*)$/m.exec(head!)![1]!, text: rest.join('\n\n').replace(/\n$/, '') }
  }
  return {
    sender: createSmsFiles({ dataDir, clock: heldClock(), log }),
    arrived: async () => Promise.all((await readdir(folder)).map(read)),
    async breakDown() {
      await rm(folder, { recursive: true, force: true })
      await writeFile(folder, 'a file where the folder should be')
    },
    folder,
    log,
  }
}

smsContract('sms-files', open)

describe('sms-files', () => {
  it('names the file in one line of the log, and nothing of what it says', async () => {
    const { sender, log, folder } = await open()
    await sender.send(message)
    expect(log.lines).toHaveLength(1)
    expect(JSON.stringify(log.lines)).not.toContain('908172')
    const path = fileURLToPath(String(log.lines[0]?.fields.file))
    expect(path).toMatch(/\/sms\/2030-01-01T00-00-00\.000Z-\+491701234567-[0-9a-f]{8}\.txt$/)
    expect(await readFile(path, 'utf8')).toContain(message.text)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })
})
