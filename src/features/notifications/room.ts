import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { PushSender } from '../../ports/push.ts'
import type { Errands, Writer } from '../mail/mails.ts'
import { type Added, createAdded } from './added.ts'
import { createFactsStore } from './facts.store.ts'
import { createHooks, type Hook, pushing } from './hooks.ts'
import { createLetterWriter } from './letter-writer.ts'
import { createLetters, type Letters, writerName } from './letters.ts'
import { createLettersStore } from './letters.store.ts'
import type { MailPolicy } from './mail-times.ts'
import { createMailed } from './mailed.ts'
import { notificationLetter } from './notifications.mail.ts'
import { createNotificationsStore } from './notifications.store.ts'
import { createNotifications, type Notifications } from './notifications.ts'
import { createNotifier, type Notifier } from './notifier.ts'
import { createNotifierStore } from './notifier.store.ts'
import { createOutlook } from './outlook.ts'
import type { Unsubscribe } from './unsubscribe.ts'

type Needs = {
  database: Database
  bus: Bus
  register: PresenceRegister
  ids: Ids
  clock: Clock
  log: Log
  policy: MailPolicy
  publicUrl: string
  /** Whether mails say what was written. */
  withTexts: boolean
  hooks: readonly Hook[]
  push: PushSender
}
type Mailing = { mails: Pick<Errands, 'order'>; unsubscribe: Pick<Unsubscribe, 'urlFor'> }

/** `startNotifier` is for nodes that notify; the others have the lists, and write mails, too. */
export type NotificationsRoom = {
  lists: Notifications
  added: Added
  mailing(mailing: Mailing): { letters: Letters; writers: Record<string, Writer> }
  startNotifier(mailing: { letters: Letters }): Notifier
}

/** Everyone's own list, and who puts something on it. */
export function createNotificationsRoom({
  database,
  bus,
  register,
  ids,
  clock,
  log,
  policy,
  publicUrl,
  withTexts,
  hooks: functions,
  push,
}: Needs): NotificationsRoom {
  const [store, facts, notifier] = [createNotificationsStore(database), createFactsStore(database), createNotifierStore(database)]
  const hooks = createHooks({ hooks: push.isThere ? [pushing(push), ...functions] : functions, log })
  return {
    lists: createNotifications({ store, facts, register, bus, clock, policy }),
    added: createAdded({ store, facts, register, hooks, bus, ids, clock, log }),

    mailing({ mails, unsubscribe }) {
      const letters = createLettersStore()
      const lookAt = createOutlook({ store: letters, facts, register, clock, policy })
      const note = createMailed({ store: letters, register, clock })
      const writer = createLetterWriter({ store: letters, lookAt, note, letter: notificationLetter, unsubscribe, publicUrl, withTexts })
      return {
        letters: createLetters({ notifier, store: letters, lookAt, note, mails, ids, clock, log }),
        writers: { [writerName]: writer },
      }
    },

    startNotifier({ letters }) {
      return createNotifier({
        store: notifier,
        facts,
        letters,
        register,
        bus,
        hooks,
        ids,
        clock,
        log,
        policy,
      })
    },
  }
}
