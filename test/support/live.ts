import { viewerOf } from './people.ts'
import { seedPerson } from './seed.ts'
import type { TestSocket } from './socket.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

export type Event = { __typename: string; cursor?: string; channelId?: string; [field: string]: unknown }

/** What comes of one operation alone on a socket: its events in turn. A failure of the operation fails the test. */
export async function nextEvent(socket: TestSocket, id: string, field = 'inboxEvents'): Promise<Event> {
  const { type, payload } = await socket.nextOf(id)
  if (type !== 'next' || payload?.errors) throw new Error(`Expected an event, got ${type} ${JSON.stringify(payload)}.`)
  return payload!.data![field] as Event
}

/** All events up to one that fits, that one included. */
export async function eventsUntil(
  socket: TestSocket,
  id: string,
  fits: (event: Event) => boolean,
  field = 'inboxEvents',
): Promise<Event[]> {
  const events: Event[] = []
  for (;;) {
    const event = await nextEvent(socket, id, field)
    events.push(event)
    if (fits(event)) return events
  }
}

export const inbox = `subscription ($after: StreamCursor) { inboxEvents(after: $after, ephemeral: false) { __typename cursor
  ... on StreamReady { replayed }
  ... on ResyncRequired { reason }
  ... on MessageAdded { channelId message { seq version text } }
  ... on MessageChanged { channelId message { seq version text } }
  ... on ReceiptUpdated { channelId receipts { user { id } deliveredSeq readSeq } }
  ... on MembershipChanged { channelId membership { version role user { id } notificationLevel } }
  ... on MemberLeft { channelId userId version }
  ... on AccessRevoked { channelId version }
  ... on ChannelChanged { channelId channel { version name topic archivedAt } }
  ... on UserChanged { user { id version displayName } }
  ... on UserDeleted { userId }
  ... on NotificationAdded { notification { id version kind readAt message { id } } }
  ... on NotificationChanged { notification { id version kind readAt message { id } } }
  ... on ViewerChanged { viewer { version settings { readReceipts } } } } }`

export const added = `subscription ($channelId: ID!, $afterSeq: Int) { messageAdded(channelId: $channelId, afterSeq: $afterSeq) {
  cursor channelId message { id seq version text sender { handle } channel { name } } } }`

/** A cursor that lies behind all that was written until now. */
export async function cursorNow(world: World): Promise<string> {
  const { client } = await seedPerson(world)
  const { rows } = await world.app.database.pool.query<{ end: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS end')
  let cursor = ''
  await until(async () => {
    ;({ cursor } = (await viewerOf(client, 'cursor')) as { cursor: string })
    return BigInt(Buffer.from(cursor, 'base64url').toString().split(':')[1]!) >= BigInt(rows[0]!.end)
  })
  return cursor
}
