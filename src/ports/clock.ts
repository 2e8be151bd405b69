/** What time it is. Rooms ask it instead of the machine, so that a test can hold the hands. */
export type Clock = {
  now(): Date
}
