import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { CannotStart } from '../kernel/cannot-start.ts'

/** Where the embedded PostgreSQL keeps its things below DATA_DIR; made where there is none. */
export async function openHome(dataDir: string): Promise<string> {
  const home = join(dataDir, 'postgres')
  try {
    await mkdir(dataDir, { recursive: true })
    await mkdir(home, { recursive: true, mode: 0o700 })
    return await realpath(home)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CannotStart(`Cannot keep data in ${home} (${code}). Set DATA_DIR to a directory that this user may write to.`)
  }
}
