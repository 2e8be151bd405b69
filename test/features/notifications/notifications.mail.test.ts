import { expect, it } from 'vitest'
import { type About, type Conversation, notificationLetter } from '../../../src/features/notifications/notifications.mail.ts'

const at = new Date('2026-11-25T13:05:00Z')

const conversation = (more: Partial<Conversation> = {}): Conversation => ({
  channelId: 'c',
  name: 'Kitchen',
  kind: 'PUBLIC',
  link: 'https://chat.example.org/c/kitchen',
  mentionsYou: false,
  more: 0,
  messages: [{ sender: 'Ada Lovelace', at, text: 'Soup at one?' }],
  unsubscribe: 'https://chat.example.org/unsubscribe?token=one',
  ...more,
})

const letter = (conversations: Conversation[], more: Partial<About> = {}) =>
  notificationLetter({
    handle: 'grace',
    timeZone: 'Europe/Berlin',
    conversations,
    settings: 'https://chat.example.org/settings',
    unsubscribeAll: 'https://chat.example.org/unsubscribe?token=all',
    ...more,
  })

it('says who, where, what and when, as text and as HTML', () => {
  const { text, html } = letter([conversation({ mentionsYou: true, more: 2 })])
  for (const said of [
    'Kitchen',
    'Public channel · 3 unread messages · mentions you',
    'Ada Lovelace',
    'Wed 25 Nov, 14:05',
    'Soup at one?',
    'And 2 more.',
    'Times are those of Europe/Berlin',
  ]) {
    expect(text).toContain(said)
    expect(html).toContain(said)
  }
  for (const url of [
    'https://chat.example.org/c/kitchen',
    'https://chat.example.org/settings',
    'https://chat.example.org/unsubscribe?token=one',
    'https://chat.example.org/unsubscribe?token=all',
  ]) {
    expect(text).toContain(url)
    expect(html).toContain(`href="${url}"`)
  }
})

it.each([
  ['a direct one', [conversation({ kind: 'DIRECT', name: 'Ada Lovelace' })], 'Ada Lovelace wrote to you'],
  ['a mention', [conversation({ mentionsYou: true })], 'You were mentioned in Kitchen'],
  ['a group', [conversation({ kind: 'GROUP' })], 'New in Kitchen'],
  ['several', [conversation(), conversation({ name: 'Garden' })], '2 conversations wait for you'],
  [
    'a name in two lines',
    [conversation({ kind: 'DIRECT', name: 'Ada\r\nBcc: evil@example.org\u202E' })],
    'Ada Bcc: evil@example.org wrote to you',
  ],
])('its subject is one line: %s', (_name, conversations, subject) => {
  expect(letter(conversations).subject).toBe(subject)
})

it('ends by one click: the conversation where it is about one, else all', () => {
  const post = { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click', 'Auto-Submitted': 'auto-generated' }
  expect(letter([conversation()]).headers).toEqual({ ...post, 'List-Unsubscribe': '<https://chat.example.org/unsubscribe?token=one>' })
  expect(letter([conversation(), conversation()]).headers).toEqual({
    ...post,
    'List-Unsubscribe': '<https://chat.example.org/unsubscribe?token=all>',
  })
})

it('leaves texts out where they are not to be mailed', () => {
  const { text, html } = letter([conversation({ messages: [{ sender: 'Ada Lovelace', at, text: null }] })])
  for (const body of [text, html]) {
    expect(body).toContain('Ada Lovelace')
    expect(body).not.toContain('Soup')
    expect(body).not.toContain('null')
  }
})

it('shows UTC to whoever has no zone that is one', () => {
  expect(letter([conversation()], { timeZone: 'Atlantis' }).text).toContain('Wed 25 Nov, 13:05')
})

it('stays small, however much waits', () => {
  const messages = Array.from({ length: 50 }, (_, index) => ({ sender: '<'.repeat(200), at, text: `${index} ${'<'.repeat(8_000)}` }))
  const { html, text } = letter(Array.from({ length: 30 }, () => conversation({ messages, more: 7 })))
  expect(text).toContain('And 20 more conversations.')
  expect(text).toContain('And 52 more.')
  expect(text).toMatch(/> 49 </)
  expect(text).not.toMatch(/> 44 </)
  const usual = letter(
    Array.from({ length: 30 }, () =>
      conversation({ messages: messages.map((each) => ({ ...each, sender: 'Ada', text: 'x'.repeat(8_000) })) }),
    ),
  )
  expect(Buffer.byteLength(usual.html)).toBeLessThan(102_000)
  expect(Buffer.byteLength(html)).toBeLessThan(250_000)
})
