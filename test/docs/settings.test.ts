import { isDeepStrictEqual, parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { readEnv, settings } from '../../src/env.ts'
import { documentNamed, rowsOf } from './documents.ts'

// src/env.ts is what counts; docs/configuration.md and .env.example say the same.

const fields = settings.in.shape as Record<string, z.ZodType>
const names = Object.keys(fields)

const settingsIn = (file: string) =>
  new Map(
    rowsOf(documentNamed(file))
      .filter(([name = '', , meaning]) => meaning !== undefined && /^`[A-Z_]+`$/.test(name))
      .map(([name = '', preset = '', meaning = '']) => [name.slice(1, -1), { preset, meaning }]),
  )
const table = settingsIn('docs/configuration.md')

const parsed = (name: string, text?: string) => fields[name]!.safeParse(text).data

const literal = (cell: string) => /^`([^`]*)`/.exec(cell)?.[1]
const inProduction = (cell: string) => /in production `([^`]*)`/.exec(cell)?.[1]

const example = documentNamed('.env.example')
const exampleValues = parseEnv(example.replaceAll(/^#(?=[A-Z_]+=)/gm, ''))

describe('docs/configuration.md', () => {
  it('has every setting, and no other', () => {
    expect([...table.keys()].toSorted()).toEqual(names.toSorted())
  })

  it('gives the defaults', () => {
    const said = new Map([...table].map(([name, { preset }]) => [name, preset === 'none' ? undefined : (literal(preset) ?? 'unreadable')]))
    expect(readEnv(Object.fromEntries(said))).toEqual(readEnv({}))
    // Some of them show in the result only together with others.
    const own = names.filter((name) => parsed(name) !== undefined)
    expect(own.map((name) => [name, parsed(name, said.get(name))])).toEqual(own.map((name) => [name, parsed(name)]))
  })

  it('says none of no setting that has a default', () => {
    const wrong = [...table].filter(([name, { preset }]) => preset === 'none' && !isDeepStrictEqual(parsed(name) ?? [], []))
    expect(wrong).toEqual([])
  })

  it('says which defaults are others in production', () => {
    const said = [...table].map(([name, { preset }]) => [name, inProduction(preset) ?? literal(preset) ?? ''])
    const production = { NODE_ENV: 'production' }
    expect(readEnv({ ...Object.fromEntries(said), ...production })).toEqual(readEnv(production))
  })

  it('says what each means', () => {
    expect([...table].filter(([, { meaning }]) => meaning === '')).toEqual([])
  })
})

describe('README.md', () => {
  const most = settingsIn('README.md')

  it('has settings of that table, with their defaults', () => {
    const presets = [...most].map(([name, { preset }]) => [name, preset])
    expect(presets.length).toBeGreaterThan(10)
    expect(presets).toEqual([...most.keys()].map((name) => [name, table.get(name)?.preset]))
  })

  it('says what each means', () => {
    expect([...most].filter(([, { meaning }]) => meaning === '')).toEqual([])
  })
})

describe('.env.example', () => {
  const composed = [...documentNamed('compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name!)

  it('has every setting in the order of that table, and what compose.yaml asks for', () => {
    const others = [...new Set(composed)].filter((name) => !names.includes(name))
    const given = [...example.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name)
    expect(given).toEqual([...table.keys(), ...others])
  })

  it('changes nothing when it is copied as it is', () => {
    expect(parseEnv(example)).toEqual({})
  })

  it('gives the defaults of that table', () => {
    const defaults = [...table].map(([name, { preset }]) => [name, literal(preset) ?? ''])
    expect(exampleValues).toMatchObject(Object.fromEntries(defaults))
  })

  it('says in one line what each means', () => {
    const lines = example.split('\n')
    const silent = lines.filter((line, index) => /^#[A-Z_]+=/.test(line) && !/^# \S/.test(lines[index - 1] ?? ''))
    expect(silent).toEqual([])
  })
})
