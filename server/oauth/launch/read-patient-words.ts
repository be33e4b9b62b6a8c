import type { PatientWords } from '../../grants/patients.ts'
import { dateTimeFormat } from '../../pages/intl-formats.ts'

const MOST_NAMES = 10

/**
 * Reads what was typed into the one box of a patient search: words of a name, a birth date as people write it in the language
 * (`15.1.1980`, `1/15/1980`, `15 ene 1980`, `1980`), a number as it is printed (`MR 112130`, `mr112130`), or several of them.
 *
 * @param language the person's own language tag (`en-US`), which says whether the month or the day comes first.
 */
export const readPatientWords = (
  typed: string,
  language: string,
  now: Date,
): PatientWords | 'no-such-date' => {
  const text = typed.normalize('NFKC').replace(/\s+/g, ' ').trim()
  const date = findDate(text, language, now)
  if (date?.day === 'no-such-date') return date.day
  const words = (date ? text.replace(date.written, ' ') : text)
    .split(/[\s,;]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const { names: typedNames, numbers } = withoutNumber(words)
  const names = withoutTitles(typedNames)
  return {
    ...(names.length > 0 && { names: names.slice(0, MOST_NAMES) }),
    ...(date && { birthdate: date.day }),
    ...(numbers.length > 0 && { numbers }),
  }
}

/** Words that stand before a printed number. */
const LABELS = new Set(
  `mr mrn nhc nhs ssn id no nr num medical record patient chart account hospital insurance number
  numero historia clinica expediente paciente registro`.split(/\s+/),
)

const isLabel = (word: string): boolean => word.endsWith(':') || LABELS.has(plain(word).replace(/[.º#]/g, ''))

/** Titles are recorded apart from the name. */
const TITLES = new Set('mr mrs ms miss mx dr prof sr sra srta dra dna'.split(' '))

/** Leaves out titles, unless nothing else was typed. */
const withoutTitles = (names: readonly string[]): readonly string[] => {
  const others = names.filter((word) => !TITLES.has(plain(word).replaceAll('.', '')))
  return others.length > 0 ? others : names
}

/** `MR104211` */
const GLUED_LABEL = /^(\p{L}+)[-.:#]?(\d.*)$/u

/** Separates the first words with digits, and the label before them, from the names. The number may be recorded with its label. */
const withoutNumber = (typed: readonly string[]): { names: string[]; numbers: string[] } => {
  // `#112130` is how people write a number, but not how it is recorded.
  const words = typed.map((word) => word.replace(/^#+(?=.)/, ''))
  const first = words.findIndex(hasDigit)
  if (first < 0) return { names: [...words], numbers: [] }
  const after = words.findIndex((word, index) => index > first && !hasDigit(word))
  const end = after < 0 ? words.length : after
  let begin = first
  while (begin > 0 && (isLabel(words[begin - 1] ?? '') || (begin < first && words[begin - 1] === 'de')))
    begin--
  const parts = words.slice(first, end)
  const number = parts.join('')
  const [, label = '', rest = ''] = GLUED_LABEL.exec(number) ?? []
  const forms = [
    parts.join(' '),
    number,
    words.slice(begin, end).join(' '),
    ...(isLabel(label) ? [rest, `${label} ${rest}`] : []),
  ]
  // Numbers are recorded in capitals more often than they are typed so.
  const inCapitals = number.includes('|') ? [] : forms.map((form) => form.toUpperCase())
  return {
    names: [...words.slice(0, begin), ...words.slice(end).filter((word) => !hasDigit(word))],
    numbers: [...new Set([...forms, ...inCapitals])],
  }
}

const hasDigit = (word: string): boolean => /\d/.test(word)

interface FoundDate {
  readonly written: string
  /** A FHIR date: a day, month or year. */
  readonly day: string
}

const ISO = /(?<![\w.-])(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?![\w-])/
const NUMERIC = /(?<![\w./-])(\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{4}|\d{2})(?![\w/-])/
const NAMED =
  /(?<!\w)(?:(\d{1,2})(?:st|nd|rd|th|º|\.)? ?(?:de |of )?)?(\p{L}{3,20})\.?,? ?(?:(\d{1,2})(?:st|nd|rd|th)?,? )?(?:del? |of )?(\d{4})(?!\w)/u

const findDate = (text: string, language: string, now: Date): FoundDate | undefined => {
  const [iso, year, month, day] = ISO.exec(text) ?? []
  if (iso && isYear(year, now) && Number(month) >= 1 && Number(month) <= 12)
    return { written: iso, day: dayOf(Number(year), Number(month), day) }
  const [numeric, one, separator, two, end = ''] = NUMERIC.exec(text) ?? []
  if (numeric) {
    const whole = end.length === 2 ? latestYear(Number(end), now) : Number(end)
    const isMonthFirst = separator !== '.' && monthComesFirst(language) ? Number(one) <= 12 : Number(two) > 12
    const [monthPart, dayPart] = isMonthFirst ? [one, two] : [two, one]
    return { written: numeric, day: dayOf(whole, Number(monthPart), dayPart) }
  }
  const [named, before, word = '', behind, ofYear] = NAMED.exec(text) ?? []
  const number = monthNamed(word, language)
  if (named && number !== undefined && isYear(ofYear, now))
    return { written: named, day: dayOf(Number(ofYear), number, before ?? behind) }
  const alone = yearAlone(text, now)
  return alone === undefined ? undefined : { written: alone, day: alone }
}

/** Finds a year that is a word of its own: after a label, or beside other digits, it belongs to a number (`MR 1980`). */
const yearAlone = (text: string, now: Date): string | undefined => {
  const words = text.split(/[\s,;]+/)
  return words.find((word, place) => {
    const [before = '', after = ''] = [words[place - 1], words[place + 1]]
    return /^\d{4}$/.test(word) && isYear(word, now) && !hasDigit(before + after) && !isLabel(before)
  })
}

const dayOf = (year: number, month: number, day: string | undefined): string => {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (month < 1 || month > 12 || (day !== undefined && (Number(day) < 1 || Number(day) > last)))
    return 'no-such-date'
  return [year, month, ...(day === undefined ? [] : [Number(day)])]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

/** Other numbers of four digits are not years of birth. */
const isYear = (year: string | undefined, now: Date): boolean =>
  Number(year) >= 1850 && Number(year) <= now.getUTCFullYear()

/** The last year with these two digits at its end that is not in the future. */
const latestYear = (end: number, now: Date): number => {
  const year = now.getUTCFullYear()
  const inThisCentury = year - (year % 100) + end
  return inThisCentury > year ? inThisCentury - 100 : inThisCentury
}

const monthComesFirst = (language: string): boolean => {
  const parts = dateTimeFormat(language, { month: 'numeric', day: 'numeric' }).formatToParts(0)
  return parts.findIndex(({ type }) => type === 'month') < parts.findIndex(({ type }) => type === 'day')
}

/** Finds a month by the beginning of its name, in the person's language or in English. */
const monthNamed = (word: string, language: string): number | undefined => {
  for (const each of [language, 'en']) {
    const { format } = dateTimeFormat(each, { month: 'long', timeZone: 'UTC' })
    for (let month = 1; word !== '' && month <= 12; month++)
      if (plain(format(Date.UTC(2000, month - 1))).startsWith(plain(word))) return month
  }
  return undefined
}

const plain = (word: string): string => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
