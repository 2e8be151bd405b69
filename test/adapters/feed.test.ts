import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFeed } from '../../src/adapters/feed.ts'
import type { Feed } from '../../src/ports/feed.ts'
import { act } from '../support/channels.ts'
import type { Person } from '../support/people.ts'
import { seedGroup, seedPerson } from '../support/seed.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let feed: Feed
let ada: Person
let bob: Person
beforeAll(async () => {
  world = await createWorld()
  feed = createFeed({ pool: world.app.database.pool })
  ada = await seedPerson(world, { displayName: 'Ada' })
  bob = await seedPerson(world, { displayName: 'Bob' })
})
afterAll(() => world.stop())

// A later version is told only once: told as what the earlier one was, it would never be told as what it is.
describe('what changed again between the reading of what changed and that of its row is of the type that its row is of', () => {
  const room = () => seedGroup(world, { owners: [ada], members: [bob] })

  /** What `first` changed in the channel, loaded after `then` changed it again. */
  async function loaded(channel: string, first: () => Promise<unknown>, then: () => Promise<unknown>) {
    const { snapshot } = await feed.now()
    await first()
    const { heads } = await feed.changes(snapshot, { channels: [channel], people: [] }, 100)
    await then()
    const happenings = await feed.load(heads!)
    return (entity: string) => happenings.filter((one) => one.entity.startsWith(entity)).map(({ type, version }) => ({ type, version }))
  }

  it('who left is back', async () => {
    const { id, key } = await room()
    const of = await loaded(
      key,
      () => act(ada, 'removeMember', { channelId: id, userId: bob.id }),
      () => act(ada, 'addMembers', { channelId: id, userIds: [bob.id] }),
    )
    expect(of('Membership:')).toEqual([{ type: 'MembershipChanged', version: 3 }])
  })

  it('who came has left', async () => {
    const { id, key } = await seedGroup(world, { owners: [ada] })
    const of = await loaded(
      key,
      () => act(ada, 'addMembers', { channelId: id, userIds: [bob.id] }),
      () => act(ada, 'removeMember', { channelId: id, userId: bob.id }),
    )
    expect(of('Membership:')).toEqual([{ type: 'MemberLeft', version: 2 }])
  })

  it('a channel that was renamed is gone', async () => {
    const { id, key } = await room()
    const of = await loaded(
      key,
      () => act(ada, 'updateChannel', { channelId: id, topic: 'New' }),
      () => act(ada, 'deleteChannel', { channelId: id }),
    )
    expect(of('Channel:')).toEqual([{ type: 'ChannelDeleted', version: 3 }])
  })

  it('who changed their name has deleted their account', async () => {
    const eve = await seedPerson(world, { displayName: 'Eve' })
    const { key } = await seedGroup(world, { owners: [ada], members: [eve] })
    const pool = world.app.database.pool
    const userId = `(SELECT user_id FROM accounts WHERE email = '${eve.email}')`
    const of = await loaded(
      key,
      () => pool.query(`UPDATE users SET bio = 'New' WHERE id = ${userId}`),
      () => pool.query(`UPDATE users SET deleted_at = now() WHERE id = ${userId}`),
    )
    expect(of('User:')).toEqual([{ type: 'UserDeleted', version: 3 }])
  })
})
