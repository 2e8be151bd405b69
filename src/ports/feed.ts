/**
 * The change feed: what was committed, read from the rows themselves. A place in it is a snapshot of PostgreSQL, as text; unlike a
 * time or a number it can't pass over a transaction that commits late.
 */
export type Feed = {
  /** The place now, and the history it belongs to. */
  now(): Promise<Position>
  /** What changed after a snapshot among these: at most so many, all of one moment. */
  changes(since: string, scope: Scope, most: number): Promise<Changes>
  /** These, as they are now, in the order given; what is gone meanwhile is left out. */
  load(heads: readonly Head[]): Promise<Happening[]>
  /** The entries of a numbered topic between these numbers, both included, in order. */
  numbered(topic: string, from: number, to: number): Promise<Happening[]>
  /** What a topic is at, and how these people stand to it, read at one moment. Null where there is none. */
  topic(topic: string, people: readonly string[]): Promise<TopicState | null>
  /** The channels a person is in, and whether they show what they read. */
  person(userId: string): Promise<{ showsReads: boolean; seats: Seat[] }>
}

export type Position = { epoch: string; snapshot: string }

/** In an order that can be told, and the place up to which this reading saw everything. `heads` is null where there are more than `most`. */
export type Changes = { heads: Head[] | null; until: Position }

/** Channels with all that happens in them, and people with what is theirs alone. */
export type Scope = { channels: readonly string[]; people: readonly string[] }

/**
 * `fence` counts those who left: what was written behind a fence is not for who left before. `isGone`: nobody may listen any more.
 * `people`: those of the asked who are or were there.
 */
export type TopicState = { last: number; fence: number; isGone: boolean; people: Map<string, Stand> }
/** `version` counts the changes of how someone stands to a topic. `from`: the first entry they may see, where they are there. */
export type Stand = { version: number; isThere: boolean; from: number }
/** As it was at this fence. */
export type Seat = { channelId: string; from: number; version: number; fence: number }

/**
 * Which version of what changed where: enough to know whether it was delivered. With a `seq` it is an entry of a numbered topic. It is
 * of type `ifKnown` for those who have it already.
 */
export type Head = { topic: string; type: string; entity: string; version: number; seq?: number; ifKnown?: string }

/** Something that was committed, as it goes to whoever listens. */
export type Happening = Head & {
  /** The fence of its topic as it was written, or a later one. */
  fence?: number
  /** Whom it is about: what only they may see of it is shown to them. */
  subjects: string[]
  /** The earliest entry it shows beside itself: the one it answers. */
  reaches?: number
  /** Nobody has to have it: it is not in the feed, has no version, and what is lost stays lost. */
  ephemeral?: boolean
  /** Who doesn't hear of it: whoever did it. */
  except?: string
  /** Its rows. */
  rows: Record<string, unknown>
  /** In a busy topic several of these go out as one, with all rows of this name. */
  joins?: string
}
