import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Directory = { path: string; remove(): Promise<void> }

/** An empty directory that others may enter, and how to remove it. */
export async function makeDirectory(): Promise<Directory> {
  const path = await mkdtemp(join(tmpdir(), `parley-test-${process.pid}-`))
  await chmod(path, 0o755)
  return { path, remove: () => remove(path) }
}

/** Removes what interrupted runs left: directories of processes that are no more. */
export async function sweepDirectories(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => {
    const pid = /^parley-test-(\d+)-/.exec(name)?.[1]
    return pid && !alive(Number(pid))
  })
  await Promise.allSettled(names.map((name) => remove(join(tmpdir(), name))))
}

const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 5 })

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
