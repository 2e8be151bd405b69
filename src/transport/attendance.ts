/** Told of whoever is signed in: of their connections, be they sockets or event streams, and of their operations over any wire. */
export type Attendance = {
  /** A connection of theirs was opened; returns how to say that it is closed. */
  connected(userId: string): () => void
  /** They ask for something. */
  active(userId: string): void
}

export const noAttendance: Attendance = { connected: () => () => {}, active: () => {} }
