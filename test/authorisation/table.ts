import type { Scene } from './scene.ts'

/** Who calls. Those between `stranger` and `admin` stand in a relation to the channel of the scene; an admin is in no channel. */
export const roles = ['signedOut', 'stranger', 'formerMember', 'member', 'moderator', 'owner', 'admin'] as const
export type Role = (typeof roles)[number]

/**
 * What a call ends in: `allowed`, or the code of an error, be it a member of the union or at the top level, or `null`, where a
 * query finds nothing. All but `allowed` show nothing, write nothing and announce nothing.
 */
export type Outcome = 'allowed' | 'null' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | 'CONFLICT'

export type Call = {
  document: string
  variables?: Record<string, unknown>
  /** A subscription that tells nothing by itself: what somebody else does over and over until it does. */
  meanwhile?: () => Promise<unknown>
}

export type Row = {
  /** As in `Mutation.signIn`. */
  field: string
  /** Where a field has several rows: what this one is about, as in «of another's session». */
  about?: string
  /** For each role that matters here. */
  outcomes: Partial<Record<Role, Outcome>>
  /** In a scene of its own, whose actor has the role. */
  call: (scene: Scene) => Call | Promise<Call>
}

/** The roles that matter where no channel is concerned. */
export const people = ({
  signedOut,
  person,
  admin = person,
}: {
  signedOut: Outcome
  person: Outcome
  admin?: Outcome
}): Row['outcomes'] => ({
  signedOut,
  stranger: person,
  admin,
})

export const anyone = people({ signedOut: 'allowed', person: 'allowed' })
export const signedInOnly = people({ signedOut: 'UNAUTHENTICATED', person: 'allowed' })
