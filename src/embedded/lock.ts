import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CannotStart } from '../kernel/cannot-start.ts'

const busy = 5 // SQLITE_BUSY

/**
 * One living process owns a directory. The lock is the operating system's, on an open file, taken through SQLite because Node
 * has no call of its own for it: it ends with the process, however that ends, and holds between containers that share a disk.
 * A file with a process id in it could promise neither.
 */
export function lockDirectory(directory: string): () => void {
  const owner = join(directory, 'owner')
  const file = join(directory, 'lock')
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(file, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
    writeFileSync(owner, `${process.pid}\n`)
  } catch (error) {
    lock?.close()
    if ((error as { errcode?: number }).errcode === busy) throw inUse(directory, owner)
    throw new CannotStart(`Cannot lock ${file} (${(error as Error).message}). Is it on a disk that this user may write to?`)
  }
  held.add(lock)
  return () => {
    if (held.delete(lock)) lock.close()
  }
}

// What nobody refers to is collected, and a collected lock is open.
const held = new Set<DatabaseSync>()

function inUse(directory: string, owner: string): CannotStart {
  let who = ''
  try {
    who = ` (process ${readFileSync(owner, 'utf8').trim()})`
  } catch {}
  return new CannotStart(`Another server${who} uses ${dirname(directory)}. Stop that one first, or give this one a DATA_DIR of its own.`)
}
