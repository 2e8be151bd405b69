export type Variables = Record<string, unknown>

/** What an application asks of a GraphQL client, whichever it took. */
export type Library = {
  name: string
  open(url: string, token?: string): Opened
}

export type Opened = {
  /** A query or a mutation: its data. */
  ask(document: string, variables: Variables): Promise<Record<string, unknown>>
  /** Each event's data, until it is stopped. A failure fails the test. */
  listen(document: string, variables: Variables, take: (data: Record<string, unknown>) => void): () => void
  /** Cuts the socket, as a broken network would. */
  cut(): void
  /** How often it has connected. */
  connected(): number
  close(): void
}
