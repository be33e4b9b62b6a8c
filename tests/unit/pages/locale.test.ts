import { afterEach, expect, it } from 'vitest'
import { clockTime, localeOf, moment, until } from '../../../server/pages/locale.ts'
import { dateText } from '../../../server/pages/patient-search.ts'

const [english, spanish] = [localeOf('en', undefined), localeOf('es', undefined)]
const zone = process.env.TZ
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})
const at = Date.parse('2026-11-24T23:30:00Z')
const HOUR = 3_600_000

it.each([
  ['UTC', '23:30 UTC', '23:30 UTC'],
  ['America/Chicago', '17:30 GMT-6', '17:30 GMT-6'],
  ['Europe/Madrid', '0:30 CET', '0:30 CET'],
])('a time of day always has its zone: in %s', (name, inEnglish, inSpanish) => {
  process.env.TZ = name
  expect(clockTime(english, at).replace(/^0+(?=\d)/, '')).toBe(inEnglish)
  expect(clockTime(spanish, at).replace(/^0+(?=\d)/, '')).toBe(inSpanish)
  for (const locale of [english, spanish])
    for (const end of [at + HOUR, at + 24 * HOUR, at + 30 * 24 * HOUR])
      expect(until(locale, { window: 'day', expiresAt: end }, at)).toContain(clockTime(locale, end))
})

it('the day of an end is the day in that time zone', () => {
  const midnight = Date.parse('2026-11-25T00:10:00Z')
  process.env.TZ = 'America/Chicago'
  expect(moment(english, midnight, at)).toBe('today at 18:10 GMT-6')
  process.env.TZ = 'Europe/Madrid'
  expect(moment(english, Date.parse('2026-11-25T23:30:00Z'), at)).toMatch(/^26 Nov, 0+:30 CET$/)
})

it('a date of the record is the same day in every zone, and written like every other', () => {
  for (const name of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    process.env.TZ = name
    expect(dateText(english, '1980-01-15')).toBe('15 Jan 1980')
    expect(dateText(spanish, '1980-01-15')).toBe('15 ene 1980')
    expect(dateText(english, '1980-01')).toBe('1980-01')
  }
})
