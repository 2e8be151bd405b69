/** Sessions were ended, other than by time: every node closes what they hold open. Published once that is committed. */
export const sessionsEnded = 'accounts.sessions-ended'

export type SessionsEnded = { sessionIds: string[] }
