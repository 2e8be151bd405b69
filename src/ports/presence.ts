/**
 * Who is here, over all nodes, and who is typing. Nothing of it is kept for long, and all of it runs out by itself: whoever has a
 * connection is here for as long as some node says so again in time, so nobody stays because a node died.
 *
 * A change is answered once, to one caller on one node, who tells it. With the shared part away every node answers from what it
 * knows itself, at once; none of these rejects.
 */
export type PresenceRegister = {
  /** These people are connected, or did something. Answers who is thereby something else than before. */
  report(signs: readonly Sign[], times: Times): Promise<PresenceChange[]>
  /**
   * Who is something else by now, because time went by; `mostLapsed` of them at a time. After a time in which nobody asked (all
   * nodes were down, or what they share was) nobody is gone until everyone could say that they are still here.
   */
  lapsed(times: Times): Promise<PresenceChange[]>
  /** How these people are, in their order: OFFLINE for whoever isn't known. */
  at(userIds: readonly string[]): Promise<Presence[]>
  typing: {
    /** Types from now on for `ms`. Whether to tell: it is new, or `againMs` ago that this said so. */
    hold(typist: Typist, ms: number, againMs: number): Promise<boolean>
    /** Types no more. Whether they did. */
    drop(typist: Typist): Promise<boolean>
    /** Those whose time is over; `mostLapsed` of them at a time. */
    lapsed(): Promise<Typist[]>
  }
}

export const mostLapsed = 500

export type PresenceStatus = 'ONLINE' | 'AWAY' | 'OFFLINE'
/** `lastActiveAt` may be a minute old while someone is ONLINE. */
export type Presence = { status: PresenceStatus; lastActiveAt: Date | null }

/** `at` grows with each change of a person: the highest is the truth. */
export type PresenceChange = Presence & { userId: string; at: number }

/** `connected`: here for another lease, from now on. */
export type Sign = { userId: string; activeAt: Date; connected: boolean }

export type Times = {
  /** For how long a connection counts that nobody speaks of any more. */
  leaseMs: number
  /** Whoever has done nothing since is AWAY. */
  idleSince: Date
  /** When someone was active is forgotten if it lies before this. */
  forgottenBefore: Date
}

export type Typist = { channelId: string; userId: string }
