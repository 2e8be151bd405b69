import type { PushSender } from '../ports/push.ts'

/** Nobody has told us of a device. */
export const pushSilent: PushSender = { isThere: false, send: async () => {} }
