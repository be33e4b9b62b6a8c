import { count, language, t } from './words.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * A FHIR date or dateTime, or milliseconds since 1970. A date without a time is a calendar day, not midnight UTC, so it is
 * read in local time; its precision is kept.
 */
export type Moment = string | number

const PARTIAL = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/

const localDate = (moment: Moment): Date => {
  const parts = typeof moment === 'string' ? PARTIAL.exec(moment) : null
  if (!parts) return new Date(moment)
  const [, year, month = 1, day = 1] = parts.map((part) => (part === undefined ? undefined : Number(part)))
  const date = new Date(2000, month - 1, day)
  // The constructor takes the years 0 to 99 for those of the 20th century.
  date.setFullYear(year ?? 0, month - 1, day)
  return date
}

/** Returns milliseconds since 1970, or NaN. */
export const timeOf = (moment: Moment): number => localDate(moment).getTime()

const format = (date: Date, options: Intl.DateTimeFormatOptions): string =>
  Number.isNaN(date.getTime()) ? '' : formatAt(date, options).format(date)

const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * Returns a cached formatter, because creating one is far slower than using it and a summary has hundreds of days. The key
 * includes the time zone's offset, because a formatter keeps its zone and the person may travel.
 */
const formatAt = (date: Date, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = JSON.stringify([language(), date.getTimezoneOffset(), options])
  const format = formats.get(key) ?? new Intl.DateTimeFormat(language(), options)
  formats.set(key, format)
  return format
}

/** Returns `24 Nov 2026`, `Nov 2026` or `2026`, as precise as the record. */
export const day = (moment: Moment): string => {
  const parts = typeof moment === 'string' ? PARTIAL.exec(moment) : null
  const options: Intl.DateTimeFormatOptions = { year: 'numeric' }
  if (!parts || parts[2]) options.month = 'short'
  if (!parts || parts[3]) options.day = 'numeric'
  return format(localDate(moment), options)
}

/** `14:02` */
export const clock = (moment: Moment): string =>
  format(localDate(moment), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** Returns date and time in full, for a title or a table; a bare date stays a date. */
export const exactly = (moment: Moment): string =>
  typeof moment === 'string' && PARTIAL.test(moment)
    ? day(moment)
    : format(localDate(moment), {
        dateStyle: 'medium',
        timeStyle: 'short',
        hourCycle: 'h23',
      } as Intl.DateTimeFormatOptions)

/** Returns when the day that a page shows began, in milliseconds since 1970, or NaN. */
export const midnightOf = (moment: Moment): number => localDate(moment).setHours(0, 0, 0, 0)

const daysBetween = (earlier: Moment, later: Moment): number =>
  Math.round((midnightOf(later) - midnightOf(earlier)) / DAY)

/** Returns `today`, `yesterday`, `3 days ago`, and the date after six days. */
export const ago = (moment: Moment, now: number = Date.now()): string => {
  if (typeof moment === 'string' && moment.length < 10) return day(moment)
  const days = daysBetween(moment, now)
  if (days < 0 || days > 6 || Number.isNaN(days)) return day(moment)
  return new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(-days, 'day')
}

/** Returns whole years at `now`; undefined if the record does not hold the month of birth, or holds a future date. */
export const age = (birthDate: string, now: number = Date.now()): number | undefined => {
  const parts = PARTIAL.exec(birthDate)
  if (!parts?.[2]) return undefined
  const today = new Date(now)
  const born = localDate(birthDate)
  const before =
    today.getMonth() < born.getMonth() ||
    (today.getMonth() === born.getMonth() && today.getDate() < born.getDate())
  const years = today.getFullYear() - born.getFullYear() - (before ? 1 : 0)
  return years >= 0 ? years : undefined
}

/** `47 min left`, `5 h left`, `until 24 Dec 2026`. */
export const timeLeft = (endsAt: number, now: number = Date.now()): string => {
  const timeLeft = endsAt - now
  if (timeLeft <= 0) return t('left_over')
  if (timeLeft < MINUTE) return t('left_moment')
  if (timeLeft < HOUR) return count('left_minutes', Math.floor(timeLeft / MINUTE))
  if (timeLeft < DAY) return count('left_hours', Math.floor(timeLeft / HOUR))
  return t(
    'left_until',
    format(new Date(endsAt), { day: 'numeric', month: 'short', ...thisYear(endsAt, now) }),
  )
}

/** Returns the same where there is room for little: `47 min`, `5 h`, `until 24 Dec`. */
export const timeLeftInShort = (endsAt: number, now: number): string => {
  const left = endsAt - now
  if (left < MINUTE) return t('short_moment')
  if (left < HOUR) return t('short_minutes', Math.floor(left / MINUTE))
  return left < DAY ? t('short_hours', Math.floor(left / HOUR)) : timeLeft(endsAt, now)
}

const thisYear = (moment: number, now: number): Intl.DateTimeFormatOptions =>
  new Date(moment).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }

/**
 * `born 4 Mar 1972 · 54 years`, or `born 14 Jul 1906 · died 2 Mar 1979, aged 72`
 *
 * @param organization is named if it says that the person died, where the page joins records of several.
 */
export const life = (person: Life, can?: { searchPatients: boolean }, organization?: string): string => {
  const by = person.deceased !== undefined && organization ? `${organization}: ` : ''
  const years = lived(person)
  return [birth(person, can), years && by + years].filter(Boolean).join(' · ')
}

/** @param can what the connection may read: without the Patient, nothing is known about the record's birth date. */
export const birth = ({ birthDate }: Life, can?: { searchPatients: boolean }): string => {
  const unknown = can?.searchPatients === false ? 'born_not_shared' : 'born_unknown'
  return birthDate === undefined ? t(unknown) : t('born', day(birthDate))
}

/** Returns `54 years`, or `died 2 Mar 1979, aged 72`; empty if the record tells neither. */
export const lived = ({ birthDate, deceased }: Life): string => {
  const years = birthDate === undefined ? undefined : yearsLived(birthDate, deceased)
  const died = deceased === true ? t('deceased') : deceased && t('died', day(deceased))
  return [died, years].filter(Boolean).join(', ')
}

interface Life {
  birthDate?: string
  deceased?: string | true
}

/** Returns `54 years`, or `aged 72` for somebody who died; undefined if the record does not tell. */
const yearsLived = (birthDate: string, deceased: Life['deceased']): string | undefined => {
  if (deceased === undefined) {
    const years = age(birthDate)
    return years === undefined ? undefined : count('years', years)
  }
  // If only the month or year of death is known, it may be before or after the birthday.
  if (deceased === true || deceased.length < 10) return undefined
  const years = age(birthDate, timeOf(deceased))
  return years === undefined ? undefined : count('aged', years)
}
