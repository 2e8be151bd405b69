import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

// Does what a Dockerfile says, without a container engine: every stage is a folder, and the places in it that the Dockerfile names
// (/app, /data) lie below that folder. Knows the instructions that ours uses, and refuses all others.

type Stage = {
  /** The folder that stands for /. */
  root: string
  workdir: string
  env: Record<string, string>
  user: string
  command: string[]
  health: string[]
}

export type Image = {
  /** Where WORKDIR is. */
  folder: string
  command: string[]
  health: string[]
  /** Runs a command of the image as its user, with these settings beside the image's own. */
  run(command: string[], settings: Record<string, string>): ChildProcess
  remove(): void
}

const asRoot = process.getuid?.() === 0
const nobody = 65_534
/** Who stands for the image's user: nobody, or whoever we are. */
const uid = asRoot ? nobody : process.getuid?.()
const gid = asRoot ? nobody : process.getgid?.()

const within = ({ root, workdir }: Stage, place: string) => path.join(root, path.posix.resolve(workdir, place))
const rooted = ({ root }: Stage, text: string) => text.replaceAll(/(?<=^|[\s=])\/(?=app\b|data\b)/g, `${root}/`)
const environment = (stage: Stage) => Object.fromEntries(Object.entries(stage.env).map(([name, value]) => [name, rooted(stage, value)]))

/** What git knows or would add, without what .dockerignore keeps out. */
function contextFiles(): string[] {
  const patterns = readFileSync('.dockerignore', 'utf8').match(/^[^#\n].*$/gm) ?? []
  const isIn = (file: string) =>
    patterns.reduce((kept, line) => {
      const pattern = line.replace(/^!/, '')
      return pattern === '*' || file === pattern || file.startsWith(`${pattern}/`) ? line.startsWith('!') : kept
    }, true)
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  return listed.split('\n').filter((file) => file !== '' && existsSync(file) && isIn(file))
}

function copyFromContext(stage: Stage, source: string, target: string): void {
  const found = contextFiles().filter((file) => file === source || file.startsWith(`${source}/`))
  if (found.length === 0) throw new Error(`COPY ${source}: there is no such file, or .dockerignore keeps it out.`)
  for (const file of found) {
    const place = file === source && target.endsWith('/') ? path.basename(file) : path.relative(source, file)
    const to = path.join(within(stage, target), place)
    mkdirSync(path.dirname(to), { recursive: true })
    copyFileSync(file, to)
  }
}

function run(stage: Stage, rest: string): void {
  const command = rooted(stage, rest).replaceAll('node:node', `${uid}:${gid}`)
  // An npm that was started by npm must look at its own folder.
  const { npm_config_local_prefix: _, ...inherited } = process.env
  const env = { ...inherited, ...environment(stage) }
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', command], { cwd: within(stage, '.'), env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`RUN ${rest} ended with ${status}:\n${stdout}${stderr}`)
}

function build(file: string, home: string): Stage {
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined

  const from = (rest: string) => {
    const [image = '', , name = 'last'] = rest.split(' ')
    if (!image.startsWith(`node:${process.versions.node.split('.')[0]}-`))
      throw new Error(`FROM ${image}: this is Node ${process.version}.`)
    stage = { root: path.join(home, name), workdir: '/', env: {}, user: 'root', command: [], health: [] }
    stages.set(name, stage)
    mkdirSync(stage.root)
  }
  const copy = (to: Stage, rest: string) => {
    const words = rest.split(' ')
    const [, label] = /^--from=(.+)$/.exec(words[0] ?? '') ?? []
    const other = label === undefined ? undefined : stages.get(label)
    const sources = words.slice(label === undefined ? 0 : 1, -1)
    const target = words.at(-1) ?? ''
    for (const source of sources) {
      if (other) cpSync(within(other, source), within(to, target), { recursive: true, verbatimSymlinks: true })
      else copyFromContext(to, source, target)
    }
  }
  const steps: Record<string, (stage: Stage, rest: string) => void> = {
    WORKDIR: (stage, rest) => {
      stage.workdir = rest
      mkdirSync(within(stage, '.'), { recursive: true })
    },
    ENV: (stage, rest) => Object.assign(stage.env, Object.fromEntries(rest.split(' ').map((pair) => pair.split('=')))),
    COPY: copy,
    RUN: run,
    USER: (stage, rest) => Object.assign(stage, { user: rest }),
    CMD: (stage, rest) => Object.assign(stage, { command: JSON.parse(rest) }),
    HEALTHCHECK: (stage, rest) => Object.assign(stage, { health: JSON.parse(rest.slice(rest.indexOf('CMD ') + 4)) }),
    VOLUME: () => {},
    EXPOSE: () => {},
    STOPSIGNAL: () => {},
  }

  const lines = readFileSync(file, 'utf8').replaceAll(/\\\n\s*/g, '')
  for (const [, name = '', rest = ''] of lines.matchAll(/^([A-Z]+) +(.+)$/gm)) {
    const step = steps[name]
    if (name === 'FROM') from(rest)
    else if (step && stage) step(stage, rest)
    else throw new Error(`${name} is not known here.`)
  }
  if (!stage) throw new Error(`${file} has no FROM.`)
  return stage
}

export function buildImage(file: string): Image {
  const home = mkdtempSync(path.join(tmpdir(), 'image-'))
  const remove = () => rmSync(home, { recursive: true, force: true })
  try {
    chmodSync(home, 0o755)
    const stage = build(file, home)
    const bin = path.join(stage.root, 'bin')
    mkdirSync(bin)
    copyFileSync(process.execPath, path.join(bin, 'node'))
    const drop = asRoot && stage.user !== 'root' ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'] : []
    const folder = within(stage, '.')
    return {
      folder,
      command: stage.command,
      health: stage.health,
      run(command, settings) {
        const [program = '', ...words] = [...drop, ...command]
        const env = { PATH: `${bin}:/usr/bin:/bin`, ...environment(stage), ...settings }
        return spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
      },
      remove,
    }
  } catch (error) {
    remove()
    throw error
  }
}
