import type { Queries } from '../../ports/database.ts'
import type { Mail } from '../../ports/mailer.ts'
import type { MailsStore } from './mails.store.ts'

export type Letter = Pick<Mail, 'subject' | 'text' | 'html' | 'headers'>

/** `priority`: SECRET (codes, resets, invitations, verification) goes before NOTIFICATION. After `notAfter` it is not worth sending. */
export type Outgoing = {
  /** Unique: the same key twice is one mail. */
  key: string
  to: string
  /** Whose account it concerns, as far as that is known: when it goes, its mails go with it. */
  userId: string | null
  priority: 'SECRET' | 'NOTIFICATION'
  letter: Letter
  notAfter?: Date
}

/** What is written only when it is sent, by the writer of this name: looking things up is no part of the request then. */
export type Unwritten = Omit<Outgoing, 'letter'> & { writer: string }

/** `about`: what was written for a try that may have been taken, though nobody heard of it. Null where there was none. */
export type Order = Pick<Outgoing, 'to' | 'userId'> & { about: unknown }

/**
 * A letter is kept, and every try says the same. One with `about` isn't: it is written anew for each try, and `about` is kept, until it
 * is known that the mail was not taken.
 */
export type Written = Letter & { about?: object }

export type Writer = {
  /**
   * In the transaction that keeps what is written; null where there is nothing to write after all: then the mail is as if it had not been
   * ordered. After a try that may have been taken it is the same letter word by word, or none: its key is used up.
   */
  write(order: Order, within: Queries): Promise<Written | null>
  /** In the transaction that notes that it was taken. */
  sent?(order: Order, within: Queries): Promise<void>
}

export type Mails = {
  /** In the transaction of the rows that cause it. */
  post(mail: Outgoing, within?: Queries): Promise<void>
}

export type Errands = {
  /** The same for a mail that is yet to be written. */
  order(mail: Unwritten, within?: Queries): Promise<void>
}

/** What is to be mailed: one insert, which nobody waits for longer than for any other. `posted` tells the postman to look soon. */
export function createMails({ store, posted }: { store: Pick<MailsStore, 'add'>; posted: () => void }): Mails & Errands {
  return {
    async post({ letter, ...mail }, within) {
      await store.add({ ...mail, ...letter }, within)
      posted()
    },

    async order(mail, within) {
      await store.add(mail, within)
      posted()
    },
  }
}
