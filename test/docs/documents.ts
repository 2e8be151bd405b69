import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

// Reading the documents as a newcomer does: blocks to paste, tables, links.

export type Document = { file: string; text: string }
export type Block = { language: string; text: string; heading: string }

export const documents: Document[] = globSync(['*.md', 'docs/**/*.md', 'examples/*.md'])
  .toSorted()
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))

export const documentNamed = (file: string): string => readFileSync(file, 'utf8')

/** Code blocks in their order, each with the heading it stands under. */
export function blocksOf(text: string): Block[] {
  const found: Block[] = []
  let heading = ''
  for (const [whole, title, language, block] of text.matchAll(/^#+ (.+)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (whole.startsWith('#')) heading = title!
    else found.push({ language: language!, text: block!, heading })
  }
  return found
}

const withoutBlocks = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, '')

/** The rows of all tables: their cells, without the two lines on top. */
export const rowsOf = (text: string): string[][] =>
  [...withoutBlocks(text).matchAll(/(?:^\|.*\|\n)+/gm)].flatMap(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  )

/** What stands in backticks in running text and in tables. */
export const codeIn = (text: string): string[] => [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)

/** Links to what is here, as a path from the root and the heading they name. */
export const linksOf = ({ file, text }: Document): { link: string; path: string; anchor: string }[] =>
  [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor = ''] = link.split('#')
      return { link, path: path ? normalize(join(dirname(file), path)) : file, anchor }
    })

/** As GitHub names headings. */
export const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
