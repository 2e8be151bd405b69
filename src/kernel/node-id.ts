import { decodeBase64url, encodeBase64url } from './base64url.ts'

// Ids as clients see them: the type's name and the key. Opaque to clients, checked when they come back.

export const encodeNodeId = (type: string, key: string): string => encodeBase64url(`${type}:${key}`)

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

// Most rows are named by a UUID, some by their place.
const usual = new RegExp(`^${uuid}$`)
const forms: Record<string, RegExp> = {
  Message: new RegExp(`^${uuid}:[1-9][0-9]{0,8}$`),
  Membership: new RegExp(`^${uuid}:${uuid}$`),
}

/** The type and key of an id, or null for anything that isn't one. */
export function parseNodeId(id: string): { type: string; key: string } | null {
  if (id.length > 200) return null
  const text = decodeBase64url(id) ?? ''
  const colon = text.indexOf(':')
  if (colon < 1) return null
  const type = text.slice(0, colon)
  const key = text.slice(colon + 1)
  return (Object.hasOwn(forms, type) ? forms[type]! : usual).test(key) ? { type, key } : null
}

/** The key in an id of this type, or null for a malformed id or one of another type. */
export function keyIn(type: string, id: string): string | null {
  const parsed = parseNodeId(id)
  return parsed?.type === type ? parsed.key : null
}
