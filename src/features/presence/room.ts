import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { ChannelsStore } from '../channels/channels.store.ts'
import { createAnnouncer } from './announcer.ts'
import { createAttendance } from './attendance.ts'
import { createPresence } from './presence.ts'
import { createPresenceStore } from './presence.store.ts'
import { createTyping } from './typing.ts'

type Needs = {
  register: PresenceRegister
  channels: Pick<ChannelsStore, 'standings'>
  database: Database
  bus: Bus
  clock: Clock
  log: Log
  closing: AsyncDisposableStack
}

/** Who is here, and who types. */
export function createPresenceRoom({ register, channels, database, bus, clock, log, closing }: Needs) {
  const store = createPresenceStore(database)
  const announcer = createAnnouncer({ store, bus, log })
  closing.defer(() => announcer.settled())
  const attendance = createAttendance({ register, changed: announcer.announce, clock, log })
  closing.defer(() => attendance.stop())
  const typing = createTyping({ register: register.typing, channels, bus, log })
  closing.defer(() => typing.stop())
  return { attendance, rooms: { presence: createPresence({ store, register }), typing } }
}
