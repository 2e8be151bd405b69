import { leastHandle, mostHandle } from '../../kernel/names.ts'

/** People that one text can name: past this, `@handle` is plain text. */
export const mostNamed = 100

// A block from three backticks to as many, or to the end; a span from one or two to as many, within its paragraph.
const code = /(?<!`)(`{3,})(?!`)[^]*?(?:(?<!`)\1(?!`)|$)|(?<!`)(``?)(?!`)(?:(?!\n\n)[^])*?(?<!`)\2(?!`)/g

// What follows a word is the domain of an address or the end of a path. Letters of other scripts don't end a handle: they make
// another word of it.
const named = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}@/][_.+-]*)@([a-z0-9_.-]{${leastHandle},})(?![\\p{L}\\p{M}\\p{N}])`, 'giu')

export type Named = {
  /** For each `@handle` the handles it may mean, the longest first: in «ask @ada.» the dot may be part of the handle, or not. */
  handles: string[][]
  /** `@channel`. */
  everyone: boolean
}

/** Whom a text names outside of code. Which of them are people, and members, the database knows. */
export function namedIn(text: string): Named {
  const handles = new Map<string, string[]>()
  let everyone = false
  for (const [, word = ''] of text.replaceAll(code, ' ').matchAll(named)) {
    const meanings = meaningsOf(word.toLowerCase())
    if (meanings.includes('channel')) everyone = true
    else if (meanings.length > 0 && handles.size < mostNamed) handles.set(meanings[0]!, meanings)
  }
  return { handles: [...handles.values()], everyone }
}

function meaningsOf(word: string): string[] {
  const meanings: string[] = []
  for (let handle = word; handle.length >= leastHandle; handle = handle.slice(0, -1)) {
    if (handle.length <= mostHandle) meanings.push(handle)
    if (!/[._-]$/.test(handle)) break
  }
  return meanings
}
