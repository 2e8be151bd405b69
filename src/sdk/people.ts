import type { UserFragment, ViewerFragment } from './documents.ts'
import type { Channel, InboxSnapshot, InboxState, Message, Presence } from './state.ts'

// Who people are. Of two states of one person the higher version stays.

export const seen = (state: InboxState, view: Partial<InboxSnapshot>): InboxState => ({ ...state, view: { ...state.view, ...view } })

export function meet(state: InboxState, people: readonly (UserFragment | null | undefined)[]): InboxState {
  const { users } = state.view
  const news = people.filter((user) => user && !state.deleted[user.id] && user.version > (users[user.id]?.version ?? 0)) as UserFragment[]
  if (news.length === 0) return state
  const met = { ...users }
  for (const { id, version, handle, displayName, avatarUrl, bio } of news)
    if (version > (met[id]?.version ?? 0)) met[id] = { id, version, handle, displayName, avatarUrl, bio }
  return seen(state, { users: met })
}

export function withPresence(state: InboxState, userId: string, { status, lastActiveAt }: Presence): InboxState {
  const held = state.view.presence[userId]
  if (state.deleted[userId] || (held && held.status === status && held.lastActiveAt === lastActiveAt)) return state
  return seen(state, { presence: { ...state.view.presence, [userId]: { status, lastActiveAt } } })
}

export function withViewer(state: InboxState, { user, ...viewer }: ViewerFragment): InboxState {
  const met = meet(state, [user])
  if (viewer.version <= (state.view.viewer?.version ?? 0)) return met
  return seen(met, { viewer: { ...viewer, userId: user.id } })
}

/** A message as it looks without those whose accounts are gone. */
export function signed(message: Message, deleted: InboxState['deleted']): Message {
  const isGone = (id: string | null | undefined) => id != null && deleted[id] === true
  const { senderId, mentionIds, replyTo } = message
  if (!isGone(senderId) && !mentionIds.some(isGone) && !isGone(replyTo?.senderId)) return message
  return {
    ...message,
    senderId: isGone(senderId) ? null : senderId,
    mentionIds: mentionIds.filter((id) => !isGone(id)),
    replyTo: replyTo && isGone(replyTo.senderId) ? { ...replyTo, senderId: null } : replyTo,
  }
}

export function withoutUser(state: InboxState, userId: string): InboxState {
  if (state.deleted[userId]) return state
  const deleted = { ...state.deleted, [userId]: true as const }
  const { [userId]: _user, ...users } = state.view.users
  const { [userId]: _presence, ...presence } = state.view.presence
  const channels = Object.fromEntries(
    Object.entries(state.view.channels).map(([id, channel]): [string, Channel] => {
      const messages = channel.messages.map((message) => signed(message, deleted))
      const peerId = channel.peerId === userId ? null : channel.peerId
      const isSame = peerId === channel.peerId && messages.every((message, place) => message === channel.messages[place])
      return [id, isSame ? channel : { ...channel, peerId, messages }]
    }),
  )
  return { ...seen(state, { users, presence, channels }), deleted }
}
