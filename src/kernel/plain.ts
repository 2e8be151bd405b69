// What people wrote, made harmless for where it is shown beside words of ours.

/** Turn the direction of all that follows them, or aren't seen at all. */
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g

/** In several lines: what can be seen, and joiners of scripts and emoji. At most so many code points. */
export function plainText(text: string, most: number): string {
  const breaks = text.toWellFormed().replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
  return shortened(breaks.replaceAll(invisible, '').trim(), most)
}

/** In one line. */
export const plainLine = (text: string, most: number): string => shortened(plainText(text, Infinity).replaceAll(/\s+/g, ' '), most)

function shortened(text: string, most: number): string {
  const points = text.length > most ? [...text] : []
  return points.length > most
    ? `${points
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
    : text
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** As text or as an attribute's value in quotes. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character]!)
