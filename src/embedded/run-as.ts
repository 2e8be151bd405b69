import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CannotStart } from '../kernel/cannot-start.ts'

/** Whose processes and files PostgreSQL's are: it refuses to run as root, and to be made by a user without a name. */
export type RunAs = {
  /** Goes before a command. */
  prefix: readonly string[]
  /** Whom the operating system sees; nothing where that is who we are. */
  user?: User
}

type User = { uid: number; gid: number }

const myself: RunAs = { prefix: [] }

/** We are who we are, and PostgreSQL sees an ordinary user with a name: a user namespace of Linux. Files stay ours. */
const disguised = (): RunAs => {
  const { uid, gid } = named('nobody') ?? { uid: 1000, gid: 1000 }
  return { prefix: ['unshare', '-U', `--map-user=${uid}`, `--map-group=${gid}`, '--'] }
}

export function chooseRunAs(home: string, postgres: string): RunAs {
  const { uid } = ownerOf(home)
  const me = process.getuid?.()
  if (me === 0) return chooseForRoot(home, postgres)
  if (me !== undefined && me !== uid)
    throw new CannotStart(
      `${home} belongs to another user (${uid}). Start the server as that user, or set DATA_DIR to a directory of your own.`,
    )
  return [myself, disguised()].find((candidate) => succeeds(candidate, hasName)) ?? myself
}

/**
 * The first of these that can reach the binaries and the data: the owner of data that is there · root, disguised · the owner of
 * the directory around (of a checkout, where someone used sudo) · postgres · nobody. The data is handed over to whom it is.
 */
function chooseForRoot(home: string, postgres: string): RunAs {
  const owner = ownerOf(home)
  const as = (user: User | undefined): RunAs[] => (user && user.uid !== 0 ? [{ prefix: [], user }] : [])
  const around = ownerOf(dirname(dirname(home)))
  const candidates = owner.uid === 0 ? [disguised(), ...as(around), ...as(named('postgres')), ...as(named('nobody'))] : as(owner)
  const needs = [[postgres, '-V'], ['test', '-x', dirname(home)], hasName]
  const chosen = candidates.find((candidate) => needs.every((command) => succeeds(candidate, command)))
  if (!chosen) throw nobodyCan(home, postgres)
  if (chosen.user && chosen.user.uid !== owner.uid) {
    const { status } = spawnSync('chown', ['-R', `${chosen.user.uid}:${chosen.user.gid}`, home])
    if (status !== 0) throw nobodyCan(home, postgres)
  }
  return chosen
}

const hasName = ['id', '-un']

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

function ownerOf(path: string): User {
  const { uid, gid } = statSync(path)
  return { uid, gid }
}

function named(user: string): User | undefined {
  const [, uid, gid] = new RegExp(`^${user}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}
