/** A year, month or day, with an optional FHIR prefix: `1980`, `ge1980-01`, `1980-01-15`. */
const BIRTHDATE = /^(?:eq|ne|gt|ge|lt|le|sa|eb|ap)?(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d{2}))?)?$/

/** Checks whether a search accepts a birthdate; 31 February is no date. */
export const isBirthdate = (text: string): boolean => {
  const [, year, month = '1', day = '1'] = BIRTHDATE.exec(text) ?? []
  if (year === undefined) return false
  return isDay(Number(year), Number(month), Number(day))
}

/** Checks whether a month of the calendar has this day. */
const isDay = (year: number, month: number, day: number): boolean =>
  day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()

/** What a person typed into the one box of the search, as the search understands it. */
export interface SearchWords {
  /** Words of the name, in any case and order. */
  names?: string[]
  /** A FHIR date: a day, month or year. */
  birthdate?: string
  /** The other reading of a date like `3/4/1985`, with day and month exchanged. */
  otherBirthdate?: string
  /** Forms in which one number may be recorded. */
  numbers?: string[]
}

const mostNames = 10

/** Makes the formats of a language. The server keeps them, because each takes much memory. */
type MakeFormat = (locale: string, options: Intl.DateTimeFormatOptions) => Intl.DateTimeFormat

const makeFormat: MakeFormat = (locale, options) => new Intl.DateTimeFormat(locale, options)

/**
 * Reads a name, a birth date as people write it in the language (`15.1.1980`, `1/15/1980`, `15 ene 1980`, `1980`), a number as it
 * is printed (`MR 112130`, `mr112130`), or several of them.
 *
 * @param locale the person's own (`en-US`), which says whether the month or the day comes first.
 */
export const readSearchWords = (
  input: string,
  locale: string,
  now: Date = new Date(),
  format: MakeFormat = makeFormat,
): SearchWords | 'no-such-date' => {
  const text = input.normalize('NFKC').replace(/\s+/g, ' ').trim()
  const date = findDate(text, locale, now, format)
  if (date?.value === 'no-such-date') return date.value
  const words = (date ? `${text.slice(0, date.from)} ${text.slice(date.to)}` : text)
    .split(/[\s,;]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const { numbers, names: typedNames } = splitNumber(words)
  const names = withoutTitles(typedNames)
  return {
    ...(names.length > 0 && { names: names.slice(0, mostNames) }),
    ...(date && { birthdate: date.value }),
    ...(date?.otherValue !== undefined && { otherBirthdate: date.otherValue }),
    ...(numbers.length > 0 && { numbers }),
  }
}

/**
 * Reads the typed text if all of it is a birth date: as people write it in the language, or as a FHIR search takes it
 * (`ge1980`). Undefined if it is anything else.
 */
export const readBirthdate = (
  input: string,
  locale: string,
  now?: Date,
): string | 'no-such-date' | undefined => {
  if (isBirthdate(input)) return input
  const words = readSearchWords(input, locale, now)
  if (words === 'no-such-date') return words
  const { birthdate, otherBirthdate: _unused, ...rest } = words
  return Object.keys(rest).length === 0 ? birthdate : undefined
}

/** Returns the forms in which a number that was typed alone may be recorded; a token (`system|number`) stays as it is. */
export const numberForms = (input: string): string[] => {
  const { numbers, names } = splitNumber(input.trim().split(/\s+/))
  return input.includes('|') || numbers.length === 0 || names.length > 0 ? [input] : numbers
}

/** Words that are printed in front of a number, and are part of nobody's name there. */
const labels = new Set(
  `mr mrn nhc nhs ssn id no nr num medical record patient chart account hospital insurance number
  numero historia clinica expediente paciente registro`.split(/\s+/),
)

const isLabel = (word: string): boolean => word.endsWith(':') || labels.has(plain(word).replace(/[.º#]/g, ''))

/** They are no part of a recorded name, unless nothing else was typed. */
const titles = new Set('mr mrs ms miss mx dr prof sr sra srta dra dna'.split(' '))

const withoutTitles = (names: string[]): string[] => {
  const rest = names.filter((word) => !titles.has(plain(word).replaceAll('.', '')))
  return rest.length > 0 ? rest : names
}

/** `MR104211` */
const gluedLabel = /^(\p{L}+)[-.:#]?(\d.*)$/u

/** Separates the words with digits, which follow one another, and their label from the other words. */
const splitNumber = (typed: string[]): { numbers: string[]; names: string[] } => {
  // People write `#` in front of a number, where none is recorded.
  const words = typed.map((word) => word.replace(/^#+(?=.)/, ''))
  const first = words.findIndex((word) => /\d/.test(word))
  if (first < 0) return { numbers: [], names: words }
  const length = words.slice(first).findIndex((word) => !/\d/.test(word))
  const end = length < 0 ? words.length : first + length
  let begin = first
  while (begin > 0 && (isLabel(words[begin - 1] ?? '') || (begin < first && words[begin - 1] === 'de')))
    begin--
  const parts = words.slice(first, end)
  const number = parts.join('')
  const [, label = '', rest = ''] = gluedLabel.exec(number) ?? []
  const forms = [
    parts.join(' '),
    number,
    words.slice(begin, end).join(' '),
    ...(isLabel(label) ? [rest, `${label} ${rest}`] : []),
  ]
  // People type lower case, but numbers are mostly recorded in capitals.
  const inCapitals = number.includes('|') ? [] : forms.map((form) => form.toUpperCase())
  return {
    numbers: [...new Set([...forms, ...inCapitals])],
    names: [...words.slice(0, begin), ...words.slice(end).filter((word) => !/\d/.test(word))],
  }
}

interface FoundDate {
  value: string | 'no-such-date'
  otherValue?: string
  from: number
  to: number
}

const isoDate = /(?<![\w.-])(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?![\w-])/
const numericDate = /(?<![\w./-])(\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{4}|\d{2})(?![\w/-])/
const wordDate =
  /(?<!\w)(?:(\d{1,2})(?:st|nd|rd|th|º|\.)? ?(?:de |of )?)?(\p{L}{3,20})\.?,? ?(?:(\d{1,2})(?:st|nd|rd|th)?,? )?(?:del? |of )?(\d{4})(?!\w)/u

const findDate = (text: string, locale: string, now: Date, format: MakeFormat): FoundDate | undefined => {
  const at = ({ index, 0: { length } }: RegExpExecArray, value: FoundDate['value']) => ({
    value,
    from: index,
    to: index + length,
  })
  const iso = isoDate.exec(text)
  if (iso && isYear(iso[1], now) && Number(iso[2]) >= 1 && Number(iso[2]) <= 12)
    return at(iso, dateOf(Number(iso[1]), Number(iso[2]), iso[3]))
  const numeric = numericDate.exec(text)
  if (numeric) {
    const [, one, separator, two, end = ''] = numeric
    const year = end.length === 2 ? fullYear(Number(end), now) : Number(end)
    const isMonthFirst =
      separator !== '.' && monthComesFirst(locale, format) ? Number(one) <= 12 : Number(two) > 12
    const readings = [dateOf(year, Number(one), two), dateOf(year, Number(two), one)]
    const [value = '', otherValue] = isMonthFirst ? readings : readings.reverse()
    const isAmbiguous = separator !== '.' && otherValue !== 'no-such-date' && otherValue !== value
    return { ...at(numeric, value), ...(isAmbiguous && { otherValue }) }
  }
  const dateParts = wordDate.exec(text)
  const month = monthNamed(dateParts?.[2] ?? '', locale, format)
  if (dateParts && month !== undefined && isYear(dateParts[4], now))
    return at(dateParts, dateOf(Number(dateParts[4]), month, dateParts[1] ?? dateParts[3]))
  const year = findYear(text, now)
  return year && at(year, year[0])
}

/** Finds a year that is a word of its own: after a label, or beside other digits, it belongs to a number (`MR 1980`). */
const findYear = (text: string, now: Date): RegExpExecArray | undefined => {
  const words = [...text.matchAll(/[^\s,;]+/g)]
  return words.find(([word], place) => {
    const [before = '', after = ''] = [words[place - 1]?.[0], words[place + 1]?.[0]]
    return /^\d{4}$/.test(word) && isYear(word, now) && !/\d/.test(before + after) && !isLabel(before)
  })
}

const dateOf = (year: number, month: number, day: string | undefined): string => {
  if (month < 1 || month > 12 || !isDay(year, month, Number(day ?? 1))) return 'no-such-date'
  return [year, month, ...(day === undefined ? [] : [Number(day)])]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

/** No patient was born earlier, so any other number of four digits is not a year. */
const isYear = (year: string | undefined, now: Date): boolean =>
  Number(year) >= 1850 && Number(year) <= now.getUTCFullYear()

/** Returns the last year that ends with these digits and is not in the future. */
const fullYear = (end: number, now: Date): number => {
  const year = now.getUTCFullYear()
  const inThisCentury = year - (year % 100) + end
  return inThisCentury > year ? inThisCentury - 100 : inThisCentury
}

const monthComesFirst = (locale: string, format: MakeFormat): boolean => {
  const parts = format(locale, { month: 'numeric', day: 'numeric' }).formatToParts(0)
  return parts.findIndex(({ type }) => type === 'month') < parts.findIndex(({ type }) => type === 'day')
}

/** Finds a month by the beginning of its name, in the person's language or in English. */
const monthNamed = (word: string, locale: string, format: MakeFormat): number | undefined => {
  for (const language of [locale, 'en']) {
    const names = format(language, { month: 'long', timeZone: 'UTC' })
    for (let month = 1; word !== '' && month <= 12; month++)
      if (plain(names.format(Date.UTC(2000, month - 1))).startsWith(plain(word))) return month
  }
  return undefined
}

const plain = (word: string): string => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
