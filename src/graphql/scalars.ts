import { GraphQLError } from 'graphql'
import { builder } from './builder.ts'

const isoForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/
/** JavaScript reads 30 February as 2 March. */
const isInCalendar = (text: string) => new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10))
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

builder.scalarType('DateTime', {
  description: 'An instant, as ISO 8601 in UTC with milliseconds: `2026-11-20T12:00:00.000Z`. Any offset is understood on the way in.',
  serialize: (value) => value.toISOString(),
  parseValue(value) {
    const date = typeof value === 'string' && isoForm.test(value) ? new Date(value) : null
    if (!date || Number.isNaN(date.getTime()) || !isInCalendar(String(value)))
      throw new GraphQLError('Not an ISO 8601 date and time, such as 2026-11-20T12:00:00Z.')
    return date
  },
})

builder.scalarType('UUID', {
  description: 'A UUID of any version, such as `019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a`.',
  serialize: (value) => value,
  parseValue(value) {
    if (typeof value !== 'string' || !uuidForm.test(value))
      throw new GraphQLError('Not a UUID, such as 019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a.')
    return value.toLowerCase()
  },
})

builder.scalarType('StreamCursor', {
  description: 'Opaque: a place in the history of changes. The same for every viewer; it gives nobody access to anything.',
  serialize: (value) => value,
  // What can't be a cursor is told on the stream, not here: ResyncRequired(CURSOR_INVALID).
  parseValue: (value) => String(value),
})
