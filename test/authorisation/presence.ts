import { act } from '../support/channels.ts'
import { mutationOf } from '../support/people.ts'
import { kinds, membersOnly } from './channels.ts'
import type { Row } from './table.ts'

const sharing: Row['outcomes'] = {
  signedOut: 'UNAUTHENTICATED',
  stranger: 'NOT_FOUND',
  formerMember: 'NOT_FOUND',
  member: 'allowed',
  moderator: 'allowed',
  owner: 'allowed',
  admin: 'NOT_FOUND',
}
const { moderator: _moderator, owner: _owner, formerMember: _formerMember, ...sharingDirect } = sharing

export const presenceRows: Row[] = kinds.flatMap((kind): Row[] => [
  {
    field: 'Mutation.setTyping',
    about: kind,
    outcomes: membersOnly('allowed')[kind],
    call: async (scene) => {
      const { id } = await scene.channel(kind)
      return { document: mutationOf('setTyping', { payload: 'ok' }), variables: { input: { channelId: id, typing: true } } }
    },
  },
  {
    field: 'Subscription.typingChanged',
    about: kind,
    outcomes: membersOnly('allowed')[kind],
    call: async (scene) => {
      const { id, member } = await scene.channel(kind)
      let typing = false
      return {
        document:
          'subscription ($channelId: ID!) { typingChanged(channelId: $channelId) { cursor channelId typing user { displayName } } }',
        variables: { channelId: id },
        meanwhile: () => act(member, 'setTyping', { channelId: id, typing: (typing = !typing) }),
      }
    },
  },
  {
    field: 'Subscription.presenceChanged',
    about: `of someone in ${kind}`,
    outcomes: kind === 'DIRECT' ? sharingDirect : sharing,
    call: async (scene) => {
      const { member } = await scene.channel(kind)
      return {
        document: `subscription ($userIds: [ID!]!) {
          presenceChanged(userIds: $userIds) { cursor user { displayName } presence { status lastActiveAt } } }`,
        variables: { userIds: [member.id] },
      }
    },
  },
])
