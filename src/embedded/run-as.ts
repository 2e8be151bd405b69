import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CannotStart } from '../kernel/cannot-start.ts'

/** Whose processes and files PostgreSQL's are: it refuses to run as root. */
export type RunAs = {
  /** Goes before a command. */
  prefix: readonly string[]
  /** Whom the operating system sees; nothing where that is who we are. */
  user?: { uid: number; gid: number }
}

/**
 * Nobody else where we aren't root. As root, the first of these that can reach the binaries and the data: whoever owns the data
 * already · root in a user namespace, where postgres sees an ordinary user and files stay root's · the owner of the directory
 * around (a person's checkout, started with sudo) · postgres · nobody. The data is handed over to whom it is.
 */
export function chooseRunAs(home: string, postgres: string): RunAs {
  const myself: RunAs = { prefix: [] }
  const owner = ownerOf(home)
  if (!owner || !process.getuid) return myself
  if (process.getuid() !== 0) {
    if (owner.uid === process.getuid()) return myself
    throw new CannotStart(
      `${home} belongs to another user (${owner.uid}). Start the server as that user, or set DATA_DIR to a directory of your own.`,
    )
  }

  const namespace: RunAs = { prefix: ['unshare', '-U', '--map-user=1000', '--map-group=1000', '--'] }
  const others = [ownerOf(dirname(dirname(home))), named('postgres'), named('nobody')].filter((user) => user && user.uid !== 0)
  const candidates = owner.uid === 0 ? [namespace, ...others.map((user) => ({ prefix: [], user }))] : [{ prefix: [], user: owner }]
  const chosen = candidates.find((candidate) => succeeds(candidate, [postgres, '-V']) && succeeds(candidate, ['test', '-x', dirname(home)]))
  if (!chosen) throw nobodyCan(home, postgres)
  if (chosen.user && chosen.user.uid !== owner.uid) {
    const { status } = spawnSync('chown', ['-R', `${chosen.user.uid}:${chosen.user.gid}`, home])
    if (status !== 0) throw nobodyCan(home, postgres)
  }
  return chosen
}

function nobodyCan(home: string, postgres: string): CannotStart {
  return new CannotStart(
    `PostgreSQL does not run as root, and here no other user can reach ${postgres} and ${home}. ` +
      'Start the server as an ordinary user, or put it and its data in a directory that others may enter, or set DATABASE_URL.',
  )
}

/** A command as `spawn` takes it. It sees nothing of our environment, which holds secrets, nor of a directory closed to it. */
export function commandFor({ prefix, user }: RunAs, command: readonly string[]) {
  const [file = '', ...args] = [...prefix, ...command]
  return { file, args, options: { ...user, env: {}, cwd: '/' } }
}

function succeeds(runAs: RunAs, command: readonly string[]): boolean {
  const { file, args, options } = commandFor(runAs, command)
  return spawnSync(file, args, { ...options, stdio: 'ignore' }).status === 0
}

function ownerOf(path: string): RunAs['user'] {
  const { uid, gid } = statSync(path)
  return { uid, gid }
}

function named(user: string): RunAs['user'] {
  const [, uid, gid] = new RegExp(`^${user}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}
