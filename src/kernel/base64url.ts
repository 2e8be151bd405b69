export const encodeBase64url = (text: string): string => Buffer.from(text).toString('base64url')

/** What `encodeBase64url` was given; null for any other text. Node itself overlooks what isn't base64url. */
export function decodeBase64url(text: string): string | null {
  const decoded = Buffer.from(text, 'base64url').toString()
  return encodeBase64url(decoded) === text ? decoded : null
}
