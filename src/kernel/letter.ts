import { escapeHtml, plainLine, plainText } from './plain.ts'

// How every mail looks: one column of 600 px, light and dark, without anything that would have to be loaded. As text it says the same.
// Styles stand at the elements, since some programs read no other; what dark changes, and nothing else, goes by class.

export type Said = {
  sender: string
  when: string
  /** Null where it isn't to be mailed. */
  text: string | null
}

/** A piece of a letter. Strings are text, never markup; those of `conversation` are strangers' words. */
export type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'note'; text: string }
  /** A few characters to be typed. */
  | { kind: 'code'; code: string }
  | { kind: 'button'; label: string; url: string }
  /** Something long to be copied. */
  | { kind: 'verbatim'; text: string }
  | { kind: 'conversation'; title: string; about: string; said: readonly Said[]; more: string | null; links: readonly Link[] }

export type Link = { label: string; url: string }

export type Layout = {
  subject: string
  /** What lists of mails show after the subject. */
  preview: string
  blocks: readonly Block[]
  /** Why this came, and what can be done about it. */
  footer: { text: string; links?: readonly Link[] }
  headers?: Record<string, string>
}

export const longestText = 400
const longestName = 80

/** The subject is one line, whatever it is made of. */
export function letterOf({ subject, preview, blocks, footer, headers }: Layout) {
  const title = plainLine(subject, 150)
  return {
    subject: title,
    text: [title, ...blocks.map(asText), `-- \n${footer.text}`, ...(footer.links ?? []).map(linkAsText)].join('\n\n').concat('\n'),
    html: page(title, plainLine(preview, 120), blocks.map(asHtml).join('\n'), footer),
    headers: { 'Auto-Submitted': 'auto-generated', ...headers },
  }
}

const linkAsText = ({ label, url }: Link) => `${label}:\n${url}`

function asText(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
    case 'note':
    case 'verbatim':
      return block.text
    case 'code':
      return block.code
    case 'button':
      return linkAsText(block)
    case 'conversation': {
      const said = block.said.map(({ sender, when, text }) => {
        const head = `${plainLine(sender, longestName)}, ${when}`
        // Marked at each line, so that nobody's words can pass for ours.
        return text === null ? head : `${head}\n${plainText(text, longestText).replaceAll(/^/gm, '> ')}`
      })
      const name = plainLine(block.title, longestName)
      return [
        `${name}\n${'-'.repeat(Math.min([...name].length, 72))}\n${block.about}`,
        ...said,
        ...(block.more ? [block.more] : []),
        ...block.links.map(linkAsText),
      ].join('\n\n')
    }
  }
}

const colours = {
  page: '#f3f4f6',
  card: '#ffffff',
  ink: '#1b1f24',
  soft: '#59636e',
  line: '#dfe3e8',
  fill: '#f3f5f8',
  link: '#1f52c9',
  button: '#2a5bd7',
}

const dark: typeof colours = {
  page: '#0f1216',
  card: '#1a1e24',
  ink: '#e8eaee',
  soft: '#a0a9b4',
  line: '#313842',
  fill: '#252b33',
  link: '#8db0ff',
  button: '#3a6be4',
}

const fonts = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
const fixed = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

const styles = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) { .card { padding: 24px 20px !important; } td.page { padding: 12px 8px !important; } .code { font-size: 30px !important; } }
@media (prefers-color-scheme: dark) {
.page { background: ${dark.page} !important; }
.card { background: ${dark.card} !important; border-color: ${dark.line} !important; }
.ink { color: ${dark.ink} !important; }
.soft { color: ${dark.soft} !important; }
.line { border-color: ${dark.line} !important; }
.fill { background: ${dark.fill} !important; }
.link { color: ${dark.link} !important; }
.button { background: ${dark.button} !important; }
}`.trim()

/** Many words in one line, broken where they must be. */
const breaking = 'overflow-wrap: anywhere; word-break: break-word;'

const anchor = ({ label, url }: Link) =>
  `<a href="${escapeHtml(url)}" class="link" style="color: ${colours.link}; text-decoration: underline;">${escapeHtml(label)}</a>`

const lines = (text: string) => escapeHtml(text).replaceAll('\n', '<br>\n')

/** A name among our own words: it reads in its own direction and leaves theirs alone. */
const named = (name: string) => `<bdi>${escapeHtml(plainLine(name, longestName))}</bdi>`

const paragraph = (text: string, tone: 'ink' | 'soft', size: number) =>
  `<p class="${tone}" style="margin: 0 0 16px; font-size: ${size}px; line-height: 1.55; color: ${colours[tone]}; ${breaking}">${lines(text)}</p>`

function asHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return paragraph(block.text, 'ink', 16)
    case 'note':
      return paragraph(block.text, 'soft', 14)
    case 'code':
      return `<p class="code ink fill" style="margin: 8px 0 24px; padding: 18px 12px; border-radius: 8px; background: ${colours.fill}; color: ${colours.ink}; font-family: ${fixed}; font-size: 36px; line-height: 1.2; font-weight: 600; letter-spacing: 0.18em; text-indent: 0.18em; text-align: center;">${escapeHtml(block.code)}</p>`
    case 'button':
      return `<p style="margin: 8px 0 24px;"><a href="${escapeHtml(block.url)}" class="button" style="display: inline-block; padding: 12px 22px; border-radius: 8px; background: ${colours.button}; color: #ffffff; font-size: 16px; line-height: 1.25; font-weight: 600; text-decoration: none;">${escapeHtml(block.label)}</a></p>`
    case 'verbatim':
      return `<p class="soft fill" style="margin: 0 0 16px; padding: 10px 12px; border-radius: 6px; background: ${colours.fill}; color: ${colours.soft}; font-family: ${fixed}; font-size: 13px; line-height: 1.5; ${breaking}">${lines(block.text)}</p>`
    case 'conversation':
      return conversation(block)
  }
}

function conversation({ title, about, said, more, links }: Extract<Block, { kind: 'conversation' }>): string {
  const [open, ...others] = links
  return [
    `<div class="line" style="margin: 0 0 28px; padding: 20px 0 0; border-top: 1px solid ${colours.line};">`,
    `<h2 class="ink" style="margin: 0; font-size: 18px; line-height: 1.35; font-weight: 650; color: ${colours.ink}; ${breaking}">${named(title)}</h2>`,
    `<p class="soft" style="margin: 2px 0 14px; font-size: 14px; line-height: 1.5; color: ${colours.soft};">${escapeHtml(about)}</p>`,
    ...said.map(saying),
    more
      ? `<p class="soft" style="margin: 0 0 14px; font-size: 14px; line-height: 1.5; color: ${colours.soft};">${escapeHtml(more)}</p>`
      : '',
    open ? asHtml({ kind: 'button', ...open }).replace('margin: 8px 0 24px', 'margin: 16px 0 12px') : '',
    others.length > 0 ? `<p style="margin: 0; font-size: 13px; line-height: 1.5;">${others.map(anchor).join(' &middot; ')}</p>` : '',
    '</div>',
  ]
    .filter(Boolean)
    .join('\n')
}

function saying({ sender, when, text }: Said): string {
  const head = `<p class="soft" style="margin: 0; font-size: 13px; line-height: 1.5; color: ${colours.soft};"><strong class="ink" style="font-weight: 650; color: ${colours.ink};">${named(sender)}</strong> &nbsp;${escapeHtml(when)}</p>`
  const body =
    text === null
      ? ''
      : `\n<p class="ink" dir="auto" style="margin: 4px 0 0; text-align: start; font-size: 15px; line-height: 1.5; color: ${colours.ink}; ${breaking}">${lines(plainText(text, longestText))}</p>`
  return `<div class="fill" style="margin: 0 0 8px; padding: 10px 14px 12px; border-radius: 8px; background: ${colours.fill};">${head}${body}</div>`
}

const page = (title: string, preview: string, body: string, footer: Layout['footer']) => `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${escapeHtml(title)}</title>
<style>
${styles}
</style>
</head>
<body class="page" style="margin: 0; padding: 0; background: ${colours.page};">
<div style="display: none; max-height: 0; overflow: hidden;">${escapeHtml(preview)}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background: ${colours.page};"><tr><td class="page" align="center" style="padding: 32px 12px;">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width: 100%; max-width: 600px; font-family: ${fonts};">
<tr><td class="soft" style="padding: 0 4px 12px; font-size: 14px; font-weight: 650; letter-spacing: 0.02em; color: ${colours.soft};">Parley</td></tr>
<tr><td class="card" align="left" style="padding: 32px 36px 20px; border: 1px solid ${colours.line}; border-radius: 12px; background: ${colours.card};">
<h1 class="ink" style="margin: 0 0 16px; font-size: 22px; line-height: 1.3; font-weight: 700; color: ${colours.ink}; ${breaking}"><bdi>${escapeHtml(title)}</bdi></h1>
${body}
</td></tr>
<tr><td class="soft" align="left" style="padding: 16px 4px 0; font-size: 13px; line-height: 1.55; color: ${colours.soft};">
${[lines(footer.text), ...(footer.links?.length ? [footer.links.map(anchor).join(' &middot; ')] : [])].join('<br>\n')}
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`
