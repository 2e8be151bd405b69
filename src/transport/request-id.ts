import { randomUUID } from 'node:crypto'

/** One string: what `randomUUID` gives is a tree of fourteen, which a subscription would keep. */
export const newRequestId = (): string => Buffer.from(randomUUID(), 'latin1').toString('latin1')
