import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../support/people.ts'
import { seedGroup, seedPerson } from '../../support/seed.ts'
import { edit, look, messageOf, read, send, trySend } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let room: string
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world, { handle: 'ada' })
  bob = await seedPerson(world, { handle: 'bob' })
  room = (await seedGroup(world, { owners: [ada], members: [bob] })).id
})
afterAll(() => world.stop())

describe('a text comes back as it was written:', () => {
  it.each([
    ['several lines and a tab', 'One\n\n\tTwo\n  Three'],
    ['a family, a flag, a key', '👩🏽‍👩🏿‍👧🏻‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇺🇳 1️⃣ ❤️‍🔥'],
    ['characters of four bytes', '𠮷野家で𝔘𝔫𝔦𝔠𝔬𝔡𝔢 😀𐍈'],
    ['marks that combine and have no letter of their own', 'नमस्ते ก็ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢'],
    ['Hebrew and Arabic with points', 'שָׁלוֹם עֲלֵיכֶם — السَّلَامُ عَلَيْكُم'],
    ['marks of direction', 'see \u200fאבג\u200e (1) \u061c'],
    ['embeddings, overrides and isolates', '\u202bאבג\u202c \u202eabc\u202c \u2067דהו\u2069 x'],
    ['joiners and non-joiners', 'می\u200cخواهم ක්\u200dෂ soft\u00adhyphen zero\u200bwidth'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029c'],
    ['a byte order mark and non-characters', 'a\ufeffb \uffff \ufdd0'],
    ['what looks like code, markup and SQL', `<script>alert("1")</script> '; DROP TABLE messages; -- \\n \${x} %s {{y}}`],
    ['only a mark', '\u0301'],
  ])('%s', async (_what, text) => {
    const sent = await send(ada, room, text)
    expect(sent.text).toBe(text)
    expect((await look(bob, sent))!.text).toBe(text)
    expect((await read(bob, room, { last: 1 })).edges[0]!.node.text).toBe(text)
  })

  it('eight thousand characters of four bytes', async () => {
    const text = '😀'.repeat(8_000)
    expect((await look(bob, await send(ada, room, text)))!.text).toBe(text)
  })
})

describe('a text is made regular:', () => {
  it.each([
    ['line ends become LF', 'a\r\nb\rc\n\rd', 'a\nb\nc\n\nd'],
    ['letters and their marks become one (NFC)', 'Zoe\u0308 \u212b \u1112\u1161\u11ab', 'Zo\u00eb \u00c5 \ud55c'],
    ['space around it goes', ' \n\t\u00a0\u3000 a  b \r\n', 'a  b'],
  ])('%s', async (_what, text, regular) => {
    const sent = await send(ada, room, text)
    expect(sent.text).toBe(regular)
    expect(messageOf(await edit(ada, sent, { text: `${text}!` })).text).toBe(`${text}!`.normalize('NFC').replaceAll(/\r\n?/g, '\n').trim())
  })

  it('and counted then', async () => {
    const decomposed = 'e\u0301'.repeat(8_000)
    expect((await send(ada, room, `  ${decomposed}\r\n`)).text).toBe('é'.repeat(8_000))
  })
})

const control = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, place) => 0x7f + place)]
  .map((code) => String.fromCharCode(code))
  .filter((character) => !'\t\n\r'.includes(character))

describe('a text is refused, and nothing written, for', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['only space', ' \r\n\t\u00a0 '],
    ['8,001 characters', 'x'.repeat(8_001)],
    ['8,001 characters of four bytes', '😀'.repeat(8_001)],
    ['a high surrogate alone', 'a\ud83d b'],
    ['a low surrogate alone', '\ude00a'],
  ])('%s', async (_what, text) => {
    const there = await send(ada, room, 'As it was')
    for (const outcome of [await trySend(ada, room, text), await edit(ada, there, { text })])
      expect(outcome).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: 'input.text', reason: expect.stringMatching(/./) }] })
    expect(await look(ada, there)).toEqual(there)
    expect((await read(ada, room, { last: 1 })).edges[0]!.node.seq).toBe(there.seq)
  })

  it('every control character but newline and tab', async () => {
    const there = await send(ada, room, 'As it was')
    expect(control).toHaveLength(62)
    const outcomes = await Promise.all(control.map((character) => trySend(ada, room, `a${character}b`)))
    expect(outcomes.filter(({ issues }) => issues?.[0]?.reason !== 'Contains a control character.')).toEqual([])
    expect((await read(ada, room, { last: 1 })).edges[0]!.node.seq).toBe(there.seq)
  })
})
