import { edit } from '../support/talk.ts'
import { kinds, membersOnly } from './channels.ts'
import type { SceneChannel } from './scene.ts'
import { type Row, signedInOnly } from './table.ts'

const message = 'message { text sender { displayName } channel { name topic } replyTo { text } }'

const ofChannel = (field: string, fields: string, args = '', more: (channel: SceneChannel) => object = () => ({})): Row[] =>
  kinds.map((kind) => ({
    field: `Subscription.${field}`,
    about: kind,
    outcomes: membersOnly('allowed')[kind],
    call: async (scene) => {
      const channel = await scene.channel(kind)
      return {
        document: `subscription ($channelId: ID!) { ${field}(channelId: $channelId${args}) { cursor channelId ${fields} } }`,
        variables: { channelId: channel.id },
        ...more(channel),
      }
    },
  }))

export const inboxRows: Row[] = [
  ...ofChannel('messageAdded', message, ', afterSeq: 0'),
  ...ofChannel('messageChanged', message, '', ({ member, messageId }) => {
    let times = 0
    return { meanwhile: () => edit(member, { id: messageId }, { text: `Changed ${++times}` }) }
  }),
  ...ofChannel('receiptUpdated', 'receipts { user { displayName } deliveredSeq readSeq }'),
  {
    field: 'Subscription.inboxEvents',
    outcomes: signedInOnly,
    call: async (scene) => {
      await scene.channel('GROUP')
      return { document: 'subscription { inboxEvents { __typename cursor } }' }
    },
  },
]
