import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'

// Does what a Dockerfile says, without a container engine: every stage is a folder, and the places in it that the Dockerfile names
// (/app, /data) lie below that folder. Knows the instructions that ours uses, and refuses all others.

export type Image = {
  /** The folder that stands for /. */
  root: string
  workdir: string
  env: Record<string, string>
  user: string
  command: string[]
  health: string[]
}

/** What runs, where, with what in its environment. */
export type Process = { command: string[]; cwd: string; env: Record<string, string> }

const nobody = 65_534
/** In a namespace of an ordinary user, root is all there is. */
export const mayBeOthers = spawnSync('setpriv', [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', 'true']).status === 0
/** Who stands for the image's user: nobody, or whoever we are. */
const uid = mayBeOthers ? nobody : process.getuid?.()
const gid = mayBeOthers ? nobody : process.getgid?.()

/** The folder that stands for a place in the image. */
export const within = ({ root, workdir }: Image, place: string) => path.join(root, path.posix.resolve(workdir, place))
const rooted = ({ root }: Image, text: string) => text.replaceAll(/(?<=^|[\s=])\/(?=app\b|data\b)/g, `${root}/`)
const environment = (image: Image) => Object.fromEntries(Object.entries(image.env).map(([name, value]) => [name, rooted(image, value)]))

/** What git knows or would add, without what .dockerignore keeps out. */
function contextFiles(context: string): string[] {
  const patterns = readFileSync(path.join(context, '.dockerignore'), 'utf8').match(/^[^#\n].*$/gm) ?? []
  const isIn = (file: string) =>
    patterns.reduce((kept, line) => {
      const pattern = line.replace(/^!/, '')
      return pattern === '*' || file === pattern || file.startsWith(`${pattern}/`) ? line.startsWith('!') : kept
    }, true)
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: context, encoding: 'utf8' })
  return listed.split('\n').filter((file) => file !== '' && existsSync(path.join(context, file)) && isIn(file))
}

function copyFromContext(context: string, image: Image, source: string, target: string): void {
  const found = contextFiles(context).filter((file) => file === source || file.startsWith(`${source}/`))
  if (found.length === 0) throw new Error(`COPY ${source}: there is no such file, or .dockerignore keeps it out.`)
  for (const file of found) {
    const place = file === source && target.endsWith('/') ? path.basename(file) : path.relative(source, file)
    const to = path.join(within(image, target), place)
    mkdirSync(path.dirname(to), { recursive: true })
    copyFileSync(path.join(context, file), to)
  }
}

function run(image: Image, rest: string): void {
  const command = rooted(image, rest).replaceAll('node:node', `${uid}:${gid}`)
  const env = { ...process.env, PATH: `${within(image, '/bin')}:${process.env.PATH}`, ...environment(image) }
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', command], { cwd: within(image, '.'), env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`RUN ${rest} ended with ${status}:\n${stdout}${stderr}`)
}

function build(context: string, home: string): Image {
  const stages = new Map<string, Image>()
  let stage: Image | undefined

  const from = (rest: string) => {
    const [base = '', , name = 'last'] = rest.split(' ')
    if (!base.startsWith(`node:${process.versions.node.split('.')[0]}-`)) throw new Error(`FROM ${base}: this is Node ${process.version}.`)
    stage = { root: path.join(home, name), workdir: '/', env: {}, user: 'root', command: [], health: [] }
    stages.set(name, stage)
    mkdirSync(path.join(stage.root, 'bin'), { recursive: true })
    copyFileSync(process.execPath, path.join(stage.root, 'bin', 'node'))
  }
  const copy = (to: Image, rest: string) => {
    const words = rest.split(' ')
    const [, label] = /^--from=(.+)$/.exec(words[0] ?? '') ?? []
    const other = label === undefined ? undefined : stages.get(label)
    const sources = words.slice(label === undefined ? 0 : 1, -1)
    const target = words.at(-1) ?? ''
    for (const source of sources) {
      if (other) cpSync(within(other, source), within(to, target), { recursive: true, verbatimSymlinks: true })
      else copyFromContext(context, to, source, target)
    }
  }
  const steps: Record<string, (stage: Image, rest: string) => void> = {
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

  const lines = readFileSync(path.join(context, 'Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '')
  for (const [, name = '', rest = ''] of lines.matchAll(/^([A-Z]+) +(.+)$/gm)) {
    const step = steps[name]
    if (name === 'FROM') from(rest)
    else if (step && stage) step(stage, rest)
    else throw new Error(`${name} is not known here.`)
  }
  if (!stage) throw new Error('The Dockerfile has no FROM.')
  return stage
}

/** Builds the folder `context` into the folder `home`; nothing is left there when it fails. */
export function buildImage(context: string, home: string): Image {
  try {
    mkdirSync(home, { recursive: true })
    chmodSync(home, 0o755)
    return build(context, home)
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

/** A command of the image as its user, with these settings beside the image's own. */
export function processOf(image: Image, command: string[], settings: Record<string, string>): Process {
  const drop = mayBeOthers && image.user !== 'root' ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'] : []
  const env = { PATH: `${within(image, '/bin')}:/usr/bin:/bin`, ...environment(image), ...settings }
  return { command: [...drop, ...command], cwd: within(image, '.'), env }
}

/** Gives the image's user what is written to at run time. */
export const handOver = (folder: string): void => void spawnSync('chown', [`${uid}:${gid}`, folder])
