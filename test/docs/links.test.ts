import { existsSync, globSync, readFileSync } from 'node:fs'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { closeCodes } from '../../src/transport/close-codes.ts'
import { anchorsOf, codeIn, documentNamed, documents, linksOf, rowsOf } from './documents.ts'

const architecture = documentNamed('ARCHITECTURE.md')
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

it('reads the documents', () => {
  expect(documents.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/adr/0001-rooms-as-factories.md']),
  )
})

describe.each(documents)('$file', (document) => {
  it('links to what is there', () => {
    const dead = linksOf(document).filter(({ path, anchor }) => {
      if (!existsSync(path)) return true
      return anchor !== '' && !anchorsOf(readFileSync(path, 'utf8')).has(anchor)
    })
    expect(dead).toEqual([])
  })

  it('names files that are there', () => {
    const named = codeIn(document.text).filter((code) => /^(src|test|scripts|prisma|docs|proxy|\.ci)\/[\w./-]*$/.test(code))
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })

  it('names commands that are there', () => {
    const called = [...document.text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!)
    expect(called.filter((name) => !(name in scripts))).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const files = (folder: string) => globSync(`${folder}/*.ts`).toSorted()
  const ports = rowsOf(architecture).filter(([port]) => port?.startsWith('`src/ports/'))

  it('has every port in its table', () => {
    expect(ports.map(([port]) => port!.slice(1, -1)).toSorted()).toEqual(files('src/ports'))
  })

  it('names an adapter for each of them', () => {
    const without = ports.filter(([, adapters = '']) => !codeIn(adapters).some((path) => files('src/adapters').includes(path)))
    expect(without).toEqual([])
  })

  it('names every rule of the floors', async () => {
    const { ruleSet } = await extractOptions(`${process.cwd()}/.dependency-cruiser.mjs`)
    const rules = ruleSet!.forbidden!.map(({ name = '' }) => name.replace(/^down-from-.*/, 'down-from-…'))
    expect(rules.length).toBeGreaterThan(10)
    expect(rules.filter((rule) => !codeIn(architecture).includes(rule))).toEqual([])
  })

  it('has every close code of ours', () => {
    const listed = new Set(rowsOf(architecture).map(([code]) => Number(code)))
    expect(Object.values(closeCodes).filter((code) => !listed.has(code))).toEqual([])
  })
})

describe('docs/', () => {
  it('has every kind of failure in errors.md', () => {
    const implementations = schema.getImplementations(schema.getType('Error') as never).objects.map(({ name }) => name)
    const listed = rowsOf(documentNamed('docs/errors.md')).map(([name = '']) => name)
    expect(listed).toEqual(expect.arrayContaining(implementations.map((name) => `\`${name}\``)))
  })

  it('has every code of an error, and no other', () => {
    const source = `${readFileSync('src/graphql/failures.ts', 'utf8')}${readFileSync('src/kernel/errors.ts', 'utf8')}`
    const known = new Set([...source.matchAll(/^\s+\| '([A-Z_]+)'/gm)].map(([, code]) => code!))
    const listed = rowsOf(documentNamed('docs/errors.md')).flatMap(([code = '']) => /^`([A-Z_]+)`$/.exec(code)?.slice(1) ?? [])
    expect(listed.toSorted()).toEqual([...known].toSorted())
  })

  it('says of every event what to do', () => {
    const events = schema.getImplementations(schema.getType('InboxEvent') as never).objects.map(({ name }) => `\`${name}\``)
    const listed = rowsOf(documentNamed('docs/realtime.md')).map(([name = '']) => name)
    expect(listed.toSorted()).toEqual(events.toSorted())
  })

  it('names settings that are there', () => {
    const pages = documents.filter(({ file }) => file.startsWith('docs/') && file !== 'docs/configuration.md')
    const named = pages
      .flatMap(({ text }) => codeIn(text))
      .filter((code) => /^(RATE_LIMITS|LIMIT_(?!EXCEEDED)[A-Z_]+|RATE_LIMIT_[A-Z_]+)$/.test(code))
    const given = rowsOf(documentNamed('docs/configuration.md')).map(([name = '']) => name.slice(1, -1))
    expect(named.length).toBeGreaterThan(15)
    expect(named.filter((name) => !given.includes(name))).toEqual([])
  })

  it('lists every page', () => {
    const index = linksOf({ file: 'docs/README.md', text: documentNamed('docs/README.md') }).map(({ path }) => path)
    expect(globSync('docs/*.md', { exclude: ['docs/README.md'] }).filter((page) => !index.includes(page))).toEqual([])
  })

  it('quotes what the server says', () => {
    const source = globSync('src/**/*.{ts,mjs}', { exclude: ['src/generated/**'] })
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const operating = documentNamed('docs/operating.md')
    const section = operating.slice(operating.indexOf('## When something is wrong'))
    const quotes = codeIn(section).filter((code) => /^[A-Z][a-z].* .*[.…]?$/.test(code))
    expect(quotes.length).toBeGreaterThan(10)
    const parts = quotes.flatMap((quote) => quote.split('…').map((part) => part.trim())).filter((part) => part.length > 3)
    expect(parts.filter((part) => !source.includes(part))).toEqual([])
  })
})
