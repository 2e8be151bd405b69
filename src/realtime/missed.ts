import { gathered } from '../kernel/gathered.ts'
import { channelTopic, personTopic } from '../kernel/topics.ts'
import type { Changes, Feed, Head, Scope } from '../ports/feed.ts'

/** What someone asks who comes back. */
export type Asked = { since: string; scope: Scope }
export type Missed = (asked: Asked) => Promise<Changes>

const mostMissed = 10_000
const togetherAtMost = 50

/**
 * What those have missed who come back: where a node was lost they all come at once, with few cursors between them, since a cursor is
 * the same for everyone. So one reading serves all of one cursor. `heads` is null for whoever missed more than is told.
 */
export function createMissed(feed: Pick<Feed, 'changes'>): Missed {
  async function readTogether(since: string, scopes: readonly Scope[]): Promise<Changes[]> {
    const [first] = scopes
    if (scopes.length === 1) return [await feed.changes(since, first!, mostMissed)]
    const channels = [...new Set(scopes.flatMap(({ channels }) => channels))]
    const people = [...new Set(scopes.flatMap(({ people }) => people))]
    const { heads, until } = await feed.changes(since, { channels, people }, mostMissed)
    if (heads) return scopes.map((scope) => ({ heads: heads.filter(within(scope)), until }))
    // Too much for all of them together.
    const apart: Changes[] = []
    for (const scope of scopes) apart.push(await feed.changes(since, scope, mostMissed))
    return apart
  }

  return gathered(async (asked: readonly Asked[]) => {
    const changes: Changes[] = []
    for (const [since, places] of Map.groupBy(asked.keys(), (place) => asked[place]!.since)) {
      const read = await readTogether(
        since,
        places.map((place) => asked[place]!.scope),
      )
      places.forEach((place, nth) => (changes[place] = read[nth]!))
    }
    return changes
  }, togetherAtMost)
}

function within({ channels, people }: Scope): (head: Head) => boolean {
  const topics = new Set([...channels.map(channelTopic), ...people.map(personTopic)])
  return ({ topic }) => topics.has(topic)
}
