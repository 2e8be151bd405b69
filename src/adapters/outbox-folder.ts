import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A folder that stands in for a service that delivers: what would have been sent is a file there, for its owner only. */
export type OutboxFolder = {
  /** Writes `<time>-<to>-<mark>.<extension>` at one stroke, never half of it; its path. */
  write(file: { at: Date; to: string; mark: string; extension: string; content: string }): Promise<string>
  /** Whether something with this mark was written since. */
  has(mark: string, since: Date): Promise<boolean>
}

const stamp = (at: Date) => at.toISOString().replaceAll(':', '-')
const safe = (to: string) => to.replaceAll(/[^\w@.+-]/g, '_').slice(0, 100)

export function createOutboxFolder(folder: string): OutboxFolder {
  return {
    async write({ at, to, mark, extension, content }) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const path = join(folder, `${stamp(at)}-${safe(to)}-${mark}.${extension}`)
      const unfinished = `${path}.unfinished`
      await writeFile(unfinished, content, { mode: 0o600 })
      await rename(unfinished, path)
      return path
    },
    async has(mark, since) {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw error
      })
      return names.some((name) => name.includes(`-${mark}.`) && !name.endsWith('.unfinished') && name >= stamp(since))
    },
  }
}
