import { type Block, letterOf } from '../../kernel/letter.ts'
import type { Letter } from '../mail/mails.ts'
import type { MailedLink } from './links.ts'

// What accounts write to people. Nobody's display name stands in it, only handles: what a stranger can make Parley mail to you is
// 30 harmless characters.

export function verificationLetter(link: MailedLink, handle: string): Letter {
  return letter('Confirm your e-mail address', `Welcome to Parley, @${handle}.`, [
    paragraph(`Welcome to Parley, @${handle}.`),
    paragraph('Confirm that this address is yours:'),
    ...opening(link, 'Confirm this address', 'verifyEmail'),
    note('If you did not sign up, ask for a new password with this address: that ends the access of whoever did.'),
  ])
}

export function resetLetter(link: MailedLink, handle: string): Letter {
  return letter('Choose a new password', `For @${handle}, within ${link.lifetime}.`, [
    paragraph(`Someone, hopefully you, asked for a new password for @${handle}.`),
    paragraph('Choose one here. It signs you out everywhere else:'),
    ...opening(link, 'Choose a password', 'resetPassword'),
    note('If that was not you, there is nothing to do: nobody gets in without this mail.'),
  ])
}

export function invitationLetter(link: MailedLink, handle: string, inviter: string): Letter {
  return letter(`@${inviter} invites you to Parley`, `You are @${handle} there.`, [
    paragraph(`@${inviter} made an account for you. You are @${handle} there, and can change that.`),
    paragraph('Choose a password and come in:'),
    ...opening(link, 'Accept the invitation', 'resetPassword'),
    note('Should it have expired, ask for a new password with this address.'),
  ])
}

/** `unconfirmed`: somebody made an account with this address and never showed that it is theirs. */
export function codeLetter(code: string, lifetime: string, { unconfirmed }: { unconfirmed: boolean }): Letter {
  const warning =
    'There is an account with this address that nobody has confirmed yet. If you did not make it, ask for a new password instead:'
  return letter('Your sign-in code', `It works once, within ${lifetime}.`, [
    paragraph('Your code for Parley:'),
    { kind: 'code', code },
    paragraph(`It works once, within ${lifetime}. Nobody from Parley will ever ask you for it.`),
    ...(unconfirmed ? [paragraph(`${warning} that ends the access of whoever did.`)] : []),
    note('If you did not ask for it, there is nothing to do.'),
  ])
}

export const codeSms = (code: string, lifetime: string): string => `${code} is your code for Parley. It works once, within ${lifetime}.`

const paragraph = (text: string): Block => ({ kind: 'paragraph', text })
const note = (text: string): Block => ({ kind: 'note', text })

const opening = ({ url, token, lifetime }: MailedLink, label: string, mutation: string): Block[] => [
  { kind: 'button', label, url },
  note(`It works once, within ${lifetime}. Without an app at that address, call ${mutation} with this token:`),
  { kind: 'verbatim', text: token },
]

const letter = (subject: string, preview: string, blocks: readonly Block[]): Letter =>
  letterOf({ subject, preview, blocks, footer: { text: 'This was mailed because somebody used this address on Parley.' } })
