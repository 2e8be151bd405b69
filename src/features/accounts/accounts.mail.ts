import type { Mail } from '../../ports/mailer.ts'
import type { MailedLink } from './links.ts'

// What accounts write to people. Nobody's display name stands in it, only handles: what a stranger can make Parley mail to you is
// 30 harmless characters.

type Letter = Pick<Mail, 'subject' | 'text' | 'html' | 'headers'>

export function verificationLetter(link: MailedLink, handle: string): Letter {
  return letter('Confirm your e-mail address', [
    `Welcome to Parley, @${handle}.`,
    'Open this link to confirm that this address is yours:',
    ...asText(link, 'verifyEmail'),
    'If you did not sign up, ask for a new password with this address: that ends the access of whoever did.',
  ])
}

export function resetLetter(link: MailedLink, handle: string): Letter {
  return letter('Choose a new password', [
    `Someone, hopefully you, asked for a new password for @${handle}.`,
    'Open this link to choose one. It signs you out everywhere else:',
    ...asText(link, 'resetPassword'),
    'If that was not you, there is nothing to do: nobody gets in without this mail.',
  ])
}

export function invitationLetter(link: MailedLink, handle: string, inviter: string): Letter {
  return letter(`@${inviter} invites you to Parley`, [
    `@${inviter} made an account for you. You are @${handle} there, and can change that.`,
    'Open this link to choose a password and come in:',
    ...asText(link, 'resetPassword'),
    'Should it have expired, ask for a new password with this address.',
  ])
}

/** `unconfirmed`: somebody made an account with this address and never showed that it is theirs. */
export function codeLetter(code: string, lifetime: string, { unconfirmed }: { unconfirmed: boolean }): Letter {
  const warning =
    'There is an account with this address that nobody has confirmed yet. If you did not make it, ask for a new password instead:'
  return letter('Your sign-in code', [
    'Your code for Parley:',
    code,
    `It works once, within ${lifetime}. Nobody from Parley will ever ask you for it.`,
    ...(unconfirmed ? [`${warning} that ends the access of whoever did.`] : []),
    'If you did not ask for it, there is nothing to do.',
  ])
}

export const codeSms = (code: string, lifetime: string): string => `${code} is your code for Parley. It works once, within ${lifetime}.`

const asText = ({ url, token, lifetime }: MailedLink, mutation: string): string[] => [
  url,
  `It works once, within ${lifetime}. Without an app at that address, call ${mutation} with this token:`,
  token,
]

const letter = (subject: string, paragraphs: readonly string[]): Letter => ({
  subject,
  text: `${paragraphs.join('\n\n')}\n`,
  html: `<!doctype html>\n<html lang="en"><body>\n${paragraphs.map((text) => `<p>${markup(text)}</p>`).join('\n')}\n</body></html>\n`,
  headers: { 'Auto-Submitted': 'auto-generated' },
})

const markup = (text: string) => (/^https?:\/\/\S+$/.test(text) ? `<a href="${escape(text)}">${escape(text)}</a>` : escape(text))

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character]!)
