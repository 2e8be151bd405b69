import { expect, it } from 'vitest'
import { letterOf, longestText } from '../../src/kernel/letter.ts'
import { escapeHtml, plainLine, plainText } from '../../src/kernel/plain.ts'

it('what is seen of a text stays, what hides or turns it goes', () => {
  expect(plainText('  a\u202Eb\u2066c\u200B\u0007d\u00AD\r\ne\u2028f\tg \uD800 👩‍👩‍👧 می‌خواهم  ', 100)).toBe(
    'abcd\ne\nf\tg � 👩‍👩‍👧 می‌خواهم',
  )
  expect(plainLine('a\n\n b\u2029c', 100)).toBe('a b c')
})

it('what is too long is cut between code points', () => {
  expect(plainText('😀'.repeat(10), 4)).toBe('😀😀😀…')
  expect(plainText('😀'.repeat(4), 4)).toBe('😀😀😀😀')
})

it('nothing of a text is markup', () => {
  expect(escapeHtml(`<b title="x" data='y'>&amp;`)).toBe('&lt;b title=&quot;x&quot; data=&#39;y&#39;&gt;&amp;amp;')
})

const nasty = `<script>alert(1)</script>"'&\u202E\nBcc: evil@example.org`

it('escapes whatever stands in a letter, wherever it stands', () => {
  const { subject, html, text } = letterOf({
    subject: nasty,
    preview: nasty,
    blocks: [
      { kind: 'paragraph', text: nasty },
      { kind: 'note', text: nasty },
      { kind: 'verbatim', text: nasty },
      { kind: 'code', code: nasty },
      { kind: 'button', label: nasty, url: `https://x.example/"onclick="alert(1)` },
      {
        kind: 'conversation',
        title: nasty,
        about: nasty,
        said: [{ sender: nasty, when: nasty, text: nasty }],
        more: nasty,
        links: [{ label: nasty, url: `https://x.example/'>` }],
      },
    ],
    footer: { text: nasty, links: [{ label: nasty, url: 'https://x.example/"' }] },
  })
  expect(subject).toBe(`<script>alert(1)</script>"'& Bcc: evil@example.org`)
  expect(html).not.toMatch(/<script|alert\(1\)<\/script|"onclick="/)
  // Whatever looks like an attribute of ours is one.
  expect([...html.matchAll(/ (on\w+|src)=/g)]).toEqual([])
  expect(text).toContain('> <script>alert(1)</script>')
  expect(text).toMatch(/\n> Bcc: evil@example.org/)
})

it('loads nothing from anywhere', () => {
  const { html } = letterOf({ subject: 'Hello', preview: '', blocks: [{ kind: 'code', code: '123456' }], footer: { text: '' } })
  expect(html).not.toMatch(/<(img|link|script|iframe|object|video|audio|base|form)\b|url\(|@import|src=|https?:/)
  expect(html).toContain('<meta name="color-scheme" content="light dark">')
  expect(html).toContain('@media (prefers-color-scheme: dark)')
})

it('every class that dark changes is used, and every colour has its dark one', () => {
  const { html } = letterOf({
    subject: 'Hello',
    preview: '',
    blocks: [
      { kind: 'button', label: 'Open', url: 'https://x.example' },
      {
        kind: 'conversation',
        title: 'Kitchen',
        about: '',
        said: [{ sender: 'Ada', when: 'now', text: 'x'.repeat(2_000) }],
        more: null,
        links: [],
      },
    ],
    footer: { text: '', links: [{ label: 'x', url: 'https://x.example' }] },
  })
  const [style, body] = [html.slice(0, html.indexOf('</style>')), html.slice(html.indexOf('<body'))]
  for (const [, name] of style.matchAll(/^\.(\w+) \{/gm)) expect(body).toMatch(new RegExp(`class="[^"]*\\b${name}\\b`))
  for (const [element] of body.matchAll(/<\w+[^>]*(?<!-)(?:background|color): #(?!ffffff)[^>]*>/g)) expect(element).toMatch(/class="/)
  expect(body).toContain(`${'x'.repeat(longestText - 1)}…`)
  expect(body).not.toContain('x'.repeat(longestText))
})
