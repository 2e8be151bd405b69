/** A place in a list that is ordered by time; ids tell those of one millisecond apart. */
export type Moment = { at: Date; id: string }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const year10000 = 253_402_300_800_000

export const isKey = (value: unknown): value is string => typeof value === 'string' && uuid.test(value)

/** As a cursor holds it, and back; null for parts that can't be one. */
export const partsOf = ({ at, id }: Moment): unknown[] => [at.getTime(), id]
export const momentIn = ([at, id]: unknown[]): Moment | null =>
  Number.isInteger(at) && Number(at) >= 0 && Number(at) < year10000 && isKey(id) ? { at: new Date(Number(at)), id } : null
