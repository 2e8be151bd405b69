import { mutationOf } from '../support/people.ts'
import { kinds, membersOnly } from './channels.ts'
import type { SceneChannel } from './scene.ts'
import type { Row } from './table.ts'

const own = 'membership { unread { messages } channel { name } }'

/** Marks are everyone's own, and only a member has some. */
const marks = (field: string, payload: string, input: (channel: SceneChannel) => object): Row[] =>
  kinds.map((kind) => ({
    field: `Mutation.${field}`,
    about: kind,
    outcomes: membersOnly('allowed')[kind],
    call: async (scene) => ({ document: mutationOf(field, { payload }), variables: { input: input(await scene.channel(kind)) } }),
  }))

export const receiptsRows: Row[] = [
  ...marks('markDelivered', 'receipts { deliveredSeq user { displayName } }', ({ id }) => ({ positions: [{ channelId: id, seq: 2 }] })),
  ...marks('markRead', `receipt { readSeq } ${own}`, ({ id }) => ({ channelId: id, seq: 2 })),
  ...marks('markUnread', own, ({ id }) => ({ channelId: id, fromSeq: 1 })),
]
