import { encodeNodeId, keyIn } from '../../kernel/node-id.ts'

/** A message is named by where it is. */
export type Place = { channelId: string; seq: number }

export const placeKey = ({ channelId, seq }: Place): string => `${channelId}:${seq}`

export function placeOf(key: string): Place {
  const [channelId = '', seq = ''] = key.split(':')
  return { channelId, seq: Number(seq) }
}

export const messageId = (place: Place): string => encodeNodeId('Message', placeKey(place))

/** Where the message of an id is, or null for what can't be the id of one. */
export function placeIn(id: string): Place | null {
  const key = keyIn('Message', id)
  return key === null ? null : placeOf(key)
}
