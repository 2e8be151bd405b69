import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { PushSender } from '../../ports/push.ts'
import type { Mails } from '../mail/mails.ts'
import { type Added, createAdded } from './added.ts'
import { createFactsStore } from './facts.store.ts'
import { createHooks, type Hook, pushing } from './hooks.ts'
import { createLetters } from './letters.ts'
import { createLettersStore } from './letters.store.ts'
import type { MailPolicy } from './mail-times.ts'
import { notificationLetter } from './notifications.mail.ts'
import { createNotificationsStore } from './notifications.store.ts'
import { createNotifications, type Notifications } from './notifications.ts'
import { createNotifier, type Notifier } from './notifier.ts'
import { createNotifierStore } from './notifier.store.ts'
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
}
type Mailing = { mails: Pick<Mails, 'post'>; unsubscribe: Pick<Unsubscribe, 'urlFor'>; hooks: readonly Hook[]; push: PushSender }

/** `startNotifier` is for nodes that notify; the others have the lists, too. */
export type NotificationsRoom = { lists: Notifications; added: Added; startNotifier(mailing: Mailing): Notifier }

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
}: Needs): NotificationsRoom {
  const [store, facts] = [createNotificationsStore(database), createFactsStore(database)]
  return {
    lists: createNotifications({ store, facts, register, bus, clock, policy }),
    added: createAdded({ store, bus, ids, clock }),

    startNotifier({ mails, unsubscribe, hooks, push }) {
      const notifier = createNotifierStore(database)
      const letters = createLetters({
        notifier,
        store: createLettersStore(),
        facts,
        mails,
        letter: notificationLetter,
        unsubscribe,
        register,
        clock,
        log,
        policy,
        publicUrl,
        withTexts,
      })
      return createNotifier({
        store: notifier,
        facts,
        letters,
        register,
        bus,
        hooks: createHooks({ hooks: push.isThere ? [pushing(push), ...hooks] : hooks, log }),
        ids,
        clock,
        log,
        policy,
      })
    },
  }
}
