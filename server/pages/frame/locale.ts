import { createRecentlyUsed } from '../../recently-used.ts'
import { en, type Words } from '../words/en.ts'
import { es } from '../words/es.ts'

/** Formats of each kind that are kept. A person chooses the language, region and time zone of their pages, so there may be more. */
const MOST = 500

/** A format is made once: it is large, in memory that the engine does not see, and one page may use it a hundred times. */
const madeOnce = <Options, Format>(make: (language: string, options?: Options) => Format) => {
  const recentlyUsed = createRecentlyUsed<Format>(MOST)
  return (language: string, options?: Options): Format =>
    recentlyUsed(JSON.stringify([language, options]), () => make(language, options))
}

/** @throws RangeError when the time zone is unknown. */
export const dateTimeFormat = madeOnce(
  (language, options?: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options),
)
export const numberFormat = madeOnce(
  (language, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options),
)
export const listFormat = madeOnce(
  (language, options?: Intl.ListFormatOptions) => new Intl.ListFormat(language, options),
)

/** The language of a page, and how it writes dates and numbers. */
export interface Locale {
  /** For `<html lang>`. */
  readonly language: string
  /** For Intl: how dates, times and numbers are written. */
  readonly format: string
  readonly words: Words
  /** The person's own language tag (`en-US`), which says whether they write the month or the day first. */
  readonly tag?: string
  /** The person's time zone; without it times are in UTC. */
  readonly timeZone?: string | undefined
}

export const ENGLISH: Locale = { language: 'en', format: 'en-GB', words: en }

const LOCALES: Readonly<Record<string, Locale>> = {
  en: ENGLISH,
  es: { language: 'es', format: 'es', words: es },
}

/**
 * Returns the first preferred language that is available: from `ui_locales` of the request (OpenID Connect Core, section
 * 3.1.2.1), then the browser's.
 *
 * @param timeZone a zone that Intl knows.
 */
export const localeOf = (
  uiLocales: unknown,
  acceptLanguage: string | undefined,
  timeZone?: string,
): Locale => {
  const preferences = [
    ...(typeof uiLocales === 'string' ? uiLocales.split(' ') : []),
    ...byPreference(acceptLanguage),
  ]
  for (const tag of preferences) {
    const locale = LOCALES[tag.slice(0, 2).toLowerCase()]
    const [known] = TAG.exec(tag) ?? []
    if (locale && known !== undefined) return { ...locale, tag: known, timeZone }
  }
  return { ...ENGLISH, timeZone }
}

/** Language, script and region, which Intl accepts; what follows makes no difference here. */
const TAG = /^[a-z]{2}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(?=-|$)/i

const byPreference = (header = ''): string[] =>
  header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((text) => text.trim())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))
      return { tag, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag)

const formatTime = (
  { format, timeZone = 'UTC' }: Locale,
  time: number,
  options: Intl.DateTimeFormatOptions,
): string => dateTimeFormat(format, { ...options, timeZone }).format(time)

/** Formats a day in the language: `24 Nov 2026`. */
export const day = (locale: Locale, time: number): string => formatTime(locale, time, { dateStyle: 'medium' })

/** Formats a whole day, month or year of the calendar in UTC: `24 Nov 2026`, `November 2026`, `2026`. */
export const calendarDate = (locale: Locale, unit: 'day' | 'month' | 'year', start: number): string => {
  const options = {
    day: { dateStyle: 'medium' },
    month: { year: 'numeric', month: 'long' },
    year: { year: 'numeric' },
  } as const
  return formatTime({ ...locale, timeZone: 'UTC' }, start, options[unit])
}

/** Formats a clock time with its time zone, because the reader may be in another. */
export const clockTime = (locale: Locale, time: number): string =>
  formatTime(locale, time, { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' })

/**
 * Formats a moment as people say it: today by its time, another day of this year with its date, another year only by its date.
 */
export const moment = (locale: Locale, time: number, now: number): string => {
  const date = day(locale, time)
  if (date === day(locale, now)) return locale.words.todayAt(clockTime(locale, time))
  const year = { year: 'numeric' } as const
  if (formatTime(locale, time, year) !== formatTime(locale, now, year)) return date
  const dayAndMonth = formatTime(locale, time, { day: 'numeric', month: 'short' })
  return locale.words.dayAt(dayAndMonth, clockTime(locale, time))
}

/** Formats a length of time in the largest unit that fits, such as `12 hours`. @param length in milliseconds. */
export const duration = ({ format }: Locale, length: number): string => {
  const minutes = Math.round(length / 60_000)
  const [unit, count] =
    minutes % 1440 === 0
      ? (['day', minutes / 1440] as const)
      : minutes % 60 === 0
        ? (['hour', minutes / 60] as const)
        : (['minute', minutes] as const)
  return numberFormat(format, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}

export const number = ({ format }: Locale, value: number): string => numberFormat(format).format(value)

/** Returns the word for a key that comes from outside and may be missing in the table. */
export const wordFor = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

/** The end of a grant as a sentence. */
export const until = (
  locale: Locale,
  { window, expiresAt }: { window: string; expiresAt: number },
  now: number,
): string => {
  const end = moment(locale, expiresAt, now)
  if (window === 'visit') return locale.words.untilSignOut(end)
  return window === 'open' ? locale.words.untilRemoved(end) : locale.words.until(end)
}
