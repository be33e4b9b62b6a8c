import { afterEach, expect, it } from 'vitest'
import { clockTime, type Locale, localeOf, moment, until } from '../../../server/pages/frame/locale.ts'
import { dateText } from '../../../server/pages/patient/search-form.ts'

const [english, spanish] = [localeOf('en', undefined), localeOf('es', undefined)]
const zone = process.env.TZ
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})
const at = Date.parse('2026-11-24T23:30:00Z')
const HOUR = 3_600_000

const inZone = (timeZone?: string) => [
  localeOf('en', undefined, timeZone),
  localeOf('es', undefined, timeZone),
]

it.each([
  [undefined, '23:30 UTC', '23:30 UTC'],
  ['America/Chicago', '17:30 GMT-6', '17:30 GMT-6'],
  ['Europe/Madrid', '0:30 CET', '0:30 CET'],
])(
  'a time of day always has its zone, the person’s and not the server’s: %s',
  (name, inEnglish, inSpanish) => {
    process.env.TZ = 'Asia/Tokyo'
    const [english, spanish] = inZone(name) as [Locale, Locale]
    expect(clockTime(english, at).replace(/^0+(?=\d)/, '')).toBe(inEnglish)
    expect(clockTime(spanish, at).replace(/^0+(?=\d)/, '')).toBe(inSpanish)
    for (const locale of [english, spanish])
      for (const end of [at + HOUR, at + 24 * HOUR, at + 30 * 24 * HOUR])
        expect(until(locale, { window: 'day', expiresAt: end }, at)).toContain(clockTime(locale, end))
  },
)

it('the day and the year of an end are those in that time zone', () => {
  process.env.TZ = 'Asia/Tokyo'
  const chicago = localeOf('en', undefined, 'America/Chicago')
  const madrid = localeOf('en', undefined, 'Europe/Madrid')
  expect(moment(chicago, Date.parse('2026-11-25T00:10:00Z'), at)).toBe('today at 18:10 GMT-6')
  expect(moment(madrid, Date.parse('2026-11-25T23:30:00Z'), at)).toMatch(/^26 Nov, 0+:30 CET$/)
  const newYear = Date.parse('2027-01-01T01:00:00Z')
  expect(moment(chicago, newYear, at)).toBe('31 Dec, 19:00 GMT-6')
  expect(moment(madrid, newYear, at)).toBe('1 Jan 2027')
})

it.each([
  ['en-US,en;q=0.9', 'en-US'],
  ['es-419', 'es-419'],
  ['en-Latn-GB-oxendict', 'en-Latn-GB'],
  ['en-u-hc-h12', 'en'],
  ['en-!!', 'en'],
  ['fr, en-GB', 'en-GB'],
])('the person’s own language tag is one that Intl takes: %s', (accepted, tag) => {
  const locale = localeOf(undefined, accepted)
  expect(locale.tag).toBe(tag)
  expect(() => new Intl.DateTimeFormat(locale.tag ?? locale.format)).not.toThrow()
})

it('a date of the record is the same day in every zone, and is written like every other date', () => {
  for (const name of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    process.env.TZ = name
    expect(dateText(english, '1980-01-15')).toBe('15 Jan 1980')
    expect(dateText(spanish, '1980-01-15')).toBe('15 ene 1980')
    expect(dateText(english, '1980-01')).toBe('1980-01')
  }
})
