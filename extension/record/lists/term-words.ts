import { type Term, timeUnits, weekdays } from '../../messages/terms.ts'
import { exactly } from '../../ui/words/dates.ts'
import { count, decimals, find, language, listed, t, underscored } from '../../ui/words/words.ts'

/** Returns a term in words, its numbers as `spelled`. A text stays as it is written. */
export const termWords = (term: Term, spelled: (number: string) => string = decimals): string => {
  const wordsIn = (terms: readonly Term[]) => terms.map((each) => termWords(each, spelled))
  if (typeof term === 'string') return term
  if ('number' in term) return spelled(term.number)
  if ('code' in term) return codeWords(term.code)
  if ('date' in term) return exactly(term.date) || term.date
  if ('times' in term) return timesWords(term)
  if ('unit' in term) return durationWords(term)
  if ('weekday' in term) return weekdayWords(term)
  if ('event' in term) return eventWords(term)
  if ('flag' in term) return t(`flag_${term.flag}`)
  if ('listed' in term) return listed(wordsIn(term.listed))
  if ('say' in term) return t(`said_${term.say}`, ...wordsIn(term.of))
  return wordsIn(term.terms).join(term.by)
}

/** All digits: by itself, `Intl` rounds to three. */
const EXACT = { maximumFractionDigits: 20 }

type Of<K extends string> = Extract<Term, Record<K, unknown>>

const timesWords = ({ times, to }: Of<'times'>): string =>
  to === undefined
    ? count('said_times', times)
    : t('said_times_other', new Intl.NumberFormat(language(), EXACT).formatRange(times, to))

const durationWords = ({ unit, from, to }: Of<'unit'>): string => {
  const format = new Intl.NumberFormat(language(), {
    style: 'unit',
    unit: timeUnits[unit],
    unitDisplay: 'long',
    ...EXACT,
  })
  const [alone] = format.formatToParts(1).filter(({ type }) => type === 'unit')
  if (from === undefined) return alone?.value ?? unit
  return to === undefined ? format.format(from) : format.formatRange(from, to)
}

const aMonday = Date.UTC(2024, 0, 1)

const weekdayWords = ({ weekday }: Of<'weekday'>): string =>
  new Intl.DateTimeFormat(language(), { weekday: 'long', timeZone: 'UTC' }).format(
    aMonday + weekdays.indexOf(weekday) * 86_400_000,
  )

const eventWords = ({ event }: Of<'event'>): string =>
  /^[A-Z]{1,5}(\.[a-z]{4,5})?$/.test(event) ? (find(`event_${event.replace('.', '_')}`) ?? event) : event

/** Returns the words for a FHIR code (`unable-to-assess`); an unknown one stays as it is. Browsers look names up in any case. */
export const codeWords = (code: string): string =>
  /^[a-z-]{2,20}$/.test(code) ? (find(`code_${underscored(code)}`) ?? code) : code

/**
 * Rounds a number of more than five digits to four, or to its whole part if that is longer: so many digits come from a
 * calculation, not from a measurement. A number with a comparator stays.
 */
export const rounded = (number: string): string => {
  const [, wholeDigits = '', fraction = ''] = /^-?(\d*)\.(\d+)$/.exec(number) ?? []
  const whole = wholeDigits.replace(/^0+/, '')
  const digits = whole === '' ? fraction.replace(/^0+/, '').length : whole.length + fraction.length
  const shorter = digits > 5 ? Number(number).toPrecision(Math.max(4, whole.length)) : number
  return decimals(shorter.includes('e') ? number : shorter)
}
