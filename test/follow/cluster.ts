import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, globSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { chooseRunAs, commandFor } from '../../src/embedded/run-as.ts'

// A PostgreSQL as others run one: on port 5432 of every address, with a user who has a password.

type Options = { binaries: { postgres: string; initdb: string }; user: string; password: string; database?: string }

/** The command that starts it on the files in `home`, which are made where there are none. */
export function clusterIn(home: string, { binaries, user, password, database = user }: Options): string[] {
  const runAs = chooseRunAs(home, binaries.postgres)
  const data = path.join(home, 'data')
  const run = (command: string[], input = '') => {
    const { file, args, options } = commandFor(runAs, command)
    const { status, stderr } = spawnSync(file, args, { ...options, input, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command[0]} ended with ${status}: ${stderr}`)
  }
  if (!existsSync(data)) {
    const secret = path.join(home, 'password')
    writeFileSync(secret, password)
    if (runAs.user) spawnSync('chown', [`${runAs.user.uid}:${runAs.user.gid}`, home, secret])
    const flags = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions']
    run([binaries.initdb, '-D', data, '-U', user, `--pwfile=${secret}`, ...flags])
    run([binaries.postgres, '--single', '-F', '-D', data, 'postgres'], `CREATE DATABASE ${database}\n`)
    appendFileSync(path.join(data, 'pg_hba.conf'), 'host all all all scram-sha-256\n')
  }
  const settings = { listen_addresses: '*', unix_socket_directories: '', fsync: 'off', log_min_messages: 'error' }
  const command = [binaries.postgres, '-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const as = runAs.user ? ['setpriv', `--reuid=${runAs.user.uid}`, `--regid=${runAs.user.gid}`, '--clear-groups', '--'] : runAs.prefix
  return [...as, ...command]
}

/** The server that belongs to the client programs of the PATH: pg_dump reads none that is newer. */
export function clientsServer(): { postgres: string; initdb: string } {
  const asked = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' }).stdout ?? ''
  const major = /(\d+)\.\d+/.exec(asked)?.[1]
  const places = [
    `/usr/lib/postgresql/${major}/bin`,
    ...(process.env.PATH ?? '').split(':').flatMap((place) => globSync(`${place}/pg_dump`).map((file) => path.dirname(realpathSync(file)))),
  ]
  const bin = places.find((place) => existsSync(path.join(place, 'initdb')))
  if (!bin) throw new Error(`pg_dump ${major ?? 'is not there'}: install the server of the same version beside it.`)
  return { postgres: path.join(bin, 'postgres'), initdb: path.join(bin, 'initdb') }
}

export const makeHome = (home: string): string => {
  mkdirSync(home, { recursive: true })
  return home
}
