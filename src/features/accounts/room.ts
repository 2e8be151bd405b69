import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { Passwords } from '../../ports/passwords.ts'
import type { RateLimiter } from '../../ports/rate-limiter.ts'
import type { Sessions } from '../../ports/sessions.ts'
import type { SmsSender } from '../../ports/sms.ts'
import type { Errands, Mails } from '../mail/mails.ts'
import type { MailsStore } from '../mail/mails.store.ts'
import type { InvitationPolicy } from './accounts.policy.ts'
import { createAccountsStore } from './accounts.store.ts'
import { createAccounts, type Farewell } from './accounts.ts'
import { createAdministrator } from './administrator.ts'
import { createCodesStore } from './codes.store.ts'
import { createCodes } from './codes.ts'
import { createDemo } from './demo.ts'
import { createEntrance } from './entrance.ts'
import { createInvitations, type Welcome, welcomeNowhere } from './invitations.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { createLimits, type AccountRates } from './limits.ts'
import { createLinksStore } from './links.store.ts'
import { createLinks } from './links.ts'
import { createPost } from './post.ts'
import { createRecovery } from './recovery.ts'
import { createSessionsStore } from './sessions.store.ts'
import { createOwnSessions } from './sessions.ts'

type Needs = {
  database: Database
  sessions: Sessions
  passwords: Passwords
  limiter: RateLimiter
  bus: Pick<Bus, 'publish'>
  mails: Mails & Errands & Pick<MailsStore, 'forget'>
  sms: SmsSender
  clock: Clock
  ids: Ids
  log: Log
  rates: AccountRates
  publicUrl: string
  invitations: InvitationPolicy
  farewells?: readonly Farewell[]
  welcome?: Welcome
}

/** The parts of this room, put together. */
export function createAccountsRoom({
  database,
  sessions,
  passwords,
  limiter,
  bus,
  mails,
  sms,
  clock,
  ids,
  log,
  rates,
  publicUrl,
  invitations,
  farewells = [],
  welcome = welcomeNowhere,
}: Needs) {
  const store = createAccountsStore(database)
  const keyedHash = createKeyedHash(database)
  const limits = createLimits({ limiter, rates, keyedHash })
  const entrance = createEntrance({ sessions, bus })
  const post = createPost({ sms, log })
  const links = createLinks({ store: createLinksStore(database), clock, publicUrl })
  const codes = createCodes({ store: createCodesStore(database), accounts: store, entrance, keyedHash, limits, mails, post, ids, clock })
  const recovery = createRecovery({ accounts: store, links, entrance, sessions, passwords, limits, mails, ids, clock })

  return {
    /** What goes on the context of an operation. */
    rooms: {
      accounts: createAccounts({ store, codes, links, entrance, sessions, passwords, limits, mails, ids, clock, farewells }),
      codes,
      recovery,
      invitations: createInvitations({ accounts: store, links, limits, mails, ids, invitations, welcome }),
      sessions: createOwnSessions({ store: createSessionsStore(database), sessions, entrance, clock }),
    },
    keepAdministrator: createAdministrator({ store, links, entrance, sessions, passwords, ids, clock, log }),
    makeDemoPeople: createDemo({ store, passwords, ids }),
    /** For an hourly call: removes what has expired. */
    async purge(): Promise<{ codes: number; links: number; sessions: number }> {
      return { codes: await codes.purge(), links: await links.purge(), sessions: await sessions.purge() }
    },
    /** Letters that are written when they are sent, by their names in the queue. */
    writers: { code: { write: codes.letter }, reset: { write: recovery.letter } },
    /** Short messages are sent, or given up, once this resolves. */
    settled: () => post.settled(),
    close: () => post.close(),
  }
}
