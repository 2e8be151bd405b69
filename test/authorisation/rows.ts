import { accountsRows } from './accounts.ts'
import { channelsRows } from './channels.ts'
import { inboxRows } from './inbox.ts'
import { mailRows } from './mail.ts'
import { messagesRows } from './messages.ts'
import { notificationsRows } from './notifications.ts'
import { peopleRows } from './people.ts'
import { presenceRows } from './presence.ts'
import { receiptsRows } from './receipts.ts'
import type { Row } from './table.ts'

/** Every room's rows. A root field without one fails the build (authorisation.test.ts). */
export const rows: Row[] = [
  ...accountsRows,
  ...peopleRows,
  ...channelsRows,
  ...messagesRows,
  ...receiptsRows,
  ...inboxRows,
  ...presenceRows,
  ...mailRows,
  ...notificationsRows,
]
