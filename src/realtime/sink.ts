import type { Happening } from '../ports/feed.ts'
import type { Viewer } from '../ports/sessions.ts'

/**
 * What of a listener an answer depends on: on being whom it is about, on showing what they read, on how far back they may see, or
 * on anything else of theirs. Then it is made for them alone.
 */
export type Dependence = { own: boolean; reads: boolean; history: boolean; viewer: boolean }

/** Subscriptions with the same document, operation and variables: what they ask of a happening. */
export type Selection = {
  key: string
  dependsOn(type: string): Dependence
}

/** For whom an answer is made. */
export type Audience = { kind: 'everyone'; showsReads: boolean; from: number } | { kind: 'person'; viewer: Viewer }

/** Makes the answer to a happening, as JSON. `cursor` where it is not the node's own. */
export type Answer = (selection: Selection, happening: Happening, audience: Audience, cursor?: string) => Promise<string> | string

/** One subscription of one client. */
export type Sink = {
  viewer: Viewer
  showsReads: boolean
  selection: Selection
  /** Whether it is to have this. What it was asked about and wanted it gets, so it may count on it. */
  wants(happening: Happening): boolean
  /** Takes an answer that is made already. */
  take(answer: string, happening: Happening): void
  /** The topic is closed to this person: they left it, or it is gone. `version`: of how they stand to it. */
  evicted(topic: string, version: number): void
  /** They left and came back unheard; from here on they may see what is said. */
  movedTo?(from: number): void
  /** More happened than could be told. `isOver`: and what was told is no ground to go on from. */
  lost(isOver?: boolean): void
}
