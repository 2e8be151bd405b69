import { expect, it } from 'vitest'
import { quietUntil } from '../../../src/features/notifications/quiet-hours.ts'

const night = { from: '22:00', to: '07:00' }
const noon = { from: '12:00', to: '13:30' }

it.each([
  ['before them', noon, 'UTC', '2026-11-25T11:59:59Z', null],
  ['at their beginning', noon, 'UTC', '2026-11-25T12:00:00Z', '2026-11-25T13:30:00.000Z'],
  ['within a minute of their end', noon, 'UTC', '2026-11-25T13:29:59.999Z', '2026-11-25T13:30:00.000Z'],
  ['at their end', noon, 'UTC', '2026-11-25T13:30:00Z', null],
  ['before midnight', night, 'UTC', '2026-11-25T23:00:00Z', '2026-11-26T07:00:00.000Z'],
  ['after midnight', night, 'UTC', '2026-11-25T03:00:00Z', '2026-11-25T07:00:00.000Z'],
  ['by day', night, 'UTC', '2026-11-25T12:00:00Z', null],
  ['in the time of the place', night, 'America/New_York', '2026-11-25T12:00:00Z', null],
  ['in the time of the place, still night there', night, 'America/New_York', '2026-11-25T11:00:00Z', '2026-11-25T12:00:00.000Z'],
  ['with half an hour of difference', night, 'Asia/Kolkata', '2026-11-25T01:00:00Z', '2026-11-25T01:30:00.000Z'],
  // 29 March 2026, 2:00 becomes 3:00 in Berlin; 25 October 2026, 3:00 becomes 2:00.
  ['in a night that is an hour shorter', night, 'Europe/Berlin', '2026-03-28T22:30:00Z', '2026-03-29T05:00:00.000Z'],
  ['in a night that is an hour longer', night, 'Europe/Berlin', '2026-10-24T21:30:00Z', '2026-10-25T06:00:00.000Z'],
  ['to a time that does not exist', { from: '01:00', to: '02:30' }, 'Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
  ['from a time that is there twice', { from: '02:00', to: '02:30' }, 'Europe/Berlin', '2026-10-25T01:10:00Z', '2026-10-25T01:30:00.000Z'],
  ['in a place that nobody knows, as in UTC', night, 'Atlantis/Poseidonis', '2026-11-25T06:00:00Z', '2026-11-25T07:00:00.000Z'],
  ['where they are nothing', { from: '08:00', to: '08:00' }, 'UTC', '2026-11-25T08:00:00Z', null],
])('%s', (_when, hours, timeZone, now, end) => {
  expect(quietUntil(new Date(now), hours, timeZone)?.toISOString() ?? null).toBe(end)
})
