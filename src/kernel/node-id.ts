// Ids as clients see them: the type's name and the key, in base64url-safe form. Opaque to clients, checked when they come back.

export const encodeNodeId = (type: string, key: string): string => Buffer.from(`${type}:${key}`).toString('base64url')

/** The type and key of an id, or null for anything that isn't one. */
export function parseNodeId(id: string): { type: string; key: string } | null {
  if (id.length > 200) return null
  const text = Buffer.from(id, 'base64url').toString()
  const colon = text.indexOf(':')
  return colon > 0 ? { type: text.slice(0, colon), key: text.slice(colon + 1) } : null
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The UUID in an id of this type, or null for a malformed id or one of another type. */
export function uuidOf(type: string, id: string): string | null {
  const parsed = parseNodeId(id)
  return parsed?.type === type && uuidForm.test(parsed.key) ? parsed.key : null
}
