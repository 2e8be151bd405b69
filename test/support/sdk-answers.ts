import type {
  ChannelStateFragment,
  MembershipFragment,
  MessageEventFragment,
  SnapshotQuery,
  UserFragment,
} from '../../src/sdk/documents.ts'

// What a server answers to the SDK, made by hand: whoever it concerns is called `me`.

export const at = (seq: number) => new Date(1_700_000_000_000 + seq * 1_000).toISOString()
export const person = (id: string, version = 1): UserFragment => ({
  id,
  version,
  handle: id,
  displayName: `${id} ${version}`,
  avatarUrl: null,
  bio: null,
})
export const receipt = (userId: string, deliveredSeq: number, readSeq: number, channelId = 'room') => ({
  ...{ channelId, user: { id: userId }, deliveredSeq, readSeq },
  deliveredAt: deliveredSeq ? at(deliveredSeq) : null,
  readAt: readSeq ? at(readSeq) : null,
})
export const membership = (
  userId: string,
  version: number,
  role: MembershipFragment['role'] = 'MEMBER',
  channelId = 'room',
): MembershipFragment => ({
  ...{ version, role, user: person(userId), joinedAt: at(0), notificationLevel: 'ALL', mutedUntil: null, unreadFrom: null, unread: null },
  receipt: receipt(userId, 0, 0, channelId),
})
export const channel = (id: string): ChannelStateFragment => ({
  ...{ id, version: 1, kind: 'GROUP', name: id, topic: null, createdAt: at(0), archivedAt: null, memberCount: 3, lastSeq: 0 },
  ...{ peer: null, lastMessage: null, membership: membership('me', 1, 'MEMBER', id) },
})
export const message = (seq: number, more: Partial<MessageEventFragment> = {}): MessageEventFragment => ({
  ...{
    id: `message ${seq}`,
    seq,
    version: 1,
    kind: 'TEXT',
    text: `said ${seq}`,
    clientId: null,
    createdAt: at(seq),
    editedAt: null,
    deletedAt: null,
  },
  ...{ sender: person('ada'), mentions: [], replyTo: null, reactions: [] },
  ...more,
})

type Snapshot = NonNullable<SnapshotQuery['viewer']>
export const snapshot = (...ids: string[]): Snapshot => ({
  ...{ cursor: 'start', version: 1, user: person('me'), email: null, emailVerified: false, phone: null, role: 'USER' },
  settings: { readReceipts: true, emailNotifications: 'ALL', pushNotifications: true, quietHours: null, timeZone: 'UTC' },
  notifications: { totalCount: 0, edges: [], pageInfo: { hasNextPage: false, endCursor: null } },
  channels: { edges: ids.map((id) => ({ node: channel(id) })), pageInfo: { hasNextPage: false, endCursor: null } },
})
