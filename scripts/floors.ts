import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { house, planted } from './floors.planted.ts'
import { readsEnvironment } from './reads-environment.ts'

// Holds src/ against the rules of .dependency-cruiser.mjs, then holds the rules against a small house where each is broken once:
// a check that reads nothing, or catches nothing, fails.

type Arrow = { rule: string; from: string; to: string }

const envRule = 'only-env-reads-process-env'
const root = process.cwd()
const options = await extractOptions(path.join(root, '.dependency-cruiser.mjs'))
const forbidden = options.ruleSet?.forbidden ?? []
const rules = [...forbidden.map(({ name = '' }) => name), envRule]

async function inspect(baseDir: string) {
  const { output } = await cruise(['src'], { ...options, baseDir })
  const { modules, summary } = output as ICruiseResult
  const arrows = new Map(modules.map(({ source, dependencies }) => [source, dependencies.length]))
  const files = globSync('src/**/*.{ts,mjs}', { cwd: baseDir, exclude: ['src/generated/**'] })
  const found: Arrow[] = summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
  const unread: string[] = []
  for (const file of files) {
    const text = readFileSync(path.join(baseDir, file), 'utf8')
    const read = arrows.get(file)
    if (read === undefined || (read === 0 && /^import /m.test(text))) unread.push(file)
    if (file !== 'src/env.ts' && readsEnvironment(file, text)) found.push({ rule: envRule, from: file, to: 'process.env' })
  }
  return { files, unread, found }
}

function build(): string {
  const home = mkdtempSync(path.join(tmpdir(), 'floors-'))
  for (const { file, text } of [...Object.entries(house).map(([file, text]) => ({ file, text })), ...planted]) {
    mkdirSync(path.join(home, path.dirname(file)), { recursive: true })
    writeFileSync(path.join(home, file), text)
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(home, 'node_modules'))
  return home
}

const faults: string[] = []
const reason = (rule: string) => forbidden.find(({ name }) => name === rule)?.comment ?? 'Settings come from src/env.ts.'
const show = ({ rule, from, to }: Arrow) => `${from} → ${to} (${rule}): ${reason(rule)}`

const here = await inspect(root)
faults.push(...here.found.map(show))
if (here.files.length < 20) faults.push(`Only ${here.files.length} files were found under src/.`)
faults.push(...here.unread.map((file) => `${file} was not read.`))

const home = build()
const { found } = await inspect(home).finally(() => rmSync(home, { recursive: true }))
const caught = planted.filter(({ rule, file }) => found.some((arrow) => arrow.rule === rule && (arrow.from === file || arrow.to === file)))
faults.push(...planted.filter((plant) => !caught.includes(plant)).map(({ rule, file }) => `Planted, and not caught: ${file} (${rule}).`))
faults.push(...rules.filter((rule) => !planted.some((plant) => plant.rule === rule)).map((rule) => `No violation is planted for ${rule}.`))
faults.push(...found.filter(({ from }) => from in house).map((arrow) => `Innocent, and caught: ${show(arrow)}.`))

if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exitCode = 1
} else {
  console.log(
    `floors: ${here.files.length} files keep ${rules.length} rules; ${caught.length} of ${planted.length} planted violations caught`,
  )
}
