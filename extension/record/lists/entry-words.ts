import { readableName } from '../../../values/readable-name.ts'
import {
  cutMark,
  type Detail,
  type DetailKind,
  type RecordEntry,
  type RecordType,
  type ResultValue,
} from '../../messages/record-lists.ts'
import type { Source } from '../../messages/vitals.ts'
import { day } from '../../ui/words/dates.ts'
import { count, decimals, find, t, underscored } from '../../ui/words/words.ts'
import { codeWords, rounded, termWords } from './term-words.ts'

/**
 * Returns everything that a row draws of an entry. Entries of two organizations share a row only if all of it is the same, so a
 * row draws nothing else: otherwise one organization could change the words of another.
 */
export const rowWords = (entry: RecordEntry) => {
  const { type, name, value, unplaced, source } = entry
  const sayCut = (text: string) => cutSaid(text, source)
  return {
    name: nameWords(entry),
    recordedName: name,
    when: sayCut(whenWords(entry)),
    value: value && sayCut(valueWords(value)),
    flag: value?.flag,
    parts: sayCut(partWords(entry)),
    kind: type === 'DiagnosticReport' ? t('report') : '',
    state: sayCut([stateWords(entry), ...doubtsIn(entry)].filter(Boolean).join(' · ')),
    range: value?.range ? sayCut(t('usual_range', termWords(value.range))) : '',
    unplaced: unplaced ? t('no_category') : '',
  }
}

/** Says where a text is cut, and where all of it can be read. */
export const cutSaid = (text: string, { name }: Source): string =>
  text.replaceAll(cutMark, () => t('cut_here', name))

/** In characters. A longer text is in full among the details. */
const longestInRow = 500

const inRow = (text: string): string =>
  text.length > longestInRow ? `${text.slice(0, longestInRow)}…` : text

export type RowWords = ReturnType<typeof rowWords>

/** Returns the entry's name, a plain one for LOINC's, or "unnamed" in words if the record gives none. */
export const nameWords = (entry: RecordEntry): string => inRow(fullNameOf(entry))

const fullNameOf = (entry: RecordEntry): string => plainNameOf(entry) ?? (entry.name || t('entry_unnamed'))

/**
 * Returns `LDL cholesterol` for the long name that LOINC gives a test (`Cholesterol in LDL [Mass/volume] in Serum or Plasma`), or
 * for its bare code; undefined for a name that people chose.
 */
const plainNameOf = ({ name, codes }: RecordEntry): string | undefined => {
  const code = codes
    .map((each) => /^http:\/\/loinc\.org\|(\d{1,7}-\d)$/.exec(each)?.[1])
    .find((each) => each !== undefined)
  const isLong =
    /\[[^[\]]+\]| in (?:Blood|Serum|Plasma|Urine)\b|^(?:Tobacco smoking|Smokeless tobacco) status|^History of (?:Tobacco|Alcohol) use$|^Alcoholic drinks per day$/i.test(
      name,
    )
  return code !== undefined && (isLong || name === code) ? find(`loinc_${underscored(code)}`) : undefined
}

/** Returns the name and the value as recorded, where the row shows others, and then the details, each with its label. */
export const detailLines = (entry: RecordEntry): { label: string; text: string }[] => {
  const { name, value, state, source } = entry
  const isLong = (text: string) => text.length > longestInRow
  const details = entry.details.filter(
    (detail) => !isDoubt(detail) && (detail.what !== 'why' || state === '' || isLong(fullStateOf(entry))),
  )
  const recorded = value ? inUnit(termWords(value.value), value) : ''
  const isChanged = value !== undefined && recorded !== valueWords(value)
  const lines = [
    ...([undefined, name].includes(plainNameOf(entry)) && !isLong(name)
      ? []
      : [{ label: t('detail_full_name'), text: name }]),
    ...(isChanged ? [{ label: t('detail_recorded'), text: recorded }] : []),
    // A part stands under its own name (`Sodium`, `140 mmol/L`), because ten lines called "Part" would say nothing.
    ...details.map((detail) => ({
      label: detail.name ?? t(`detail_${detail.what}`),
      text: detailWords(detail),
    })),
  ]
  return lines.map(({ label, text }) => ({ label, text: cutSaid(text, source) }))
}

const SHOWN_PARTS = 4

/** Returns the values of the parts for a row without a value of its own: `Sodium: 140 mmol/L · Potassium: 4.1 mmol/L · 3 more`. */
export const partWords = ({ value, details }: RecordEntry): string => {
  const parts = value ? [] : details.filter(({ what }) => what === 'part')
  const words = parts
    .slice(0, SHOWN_PARTS)
    .map(({ name, text }) => inRow([name, termWords(text, rounded)].filter(Boolean).join(': ')))
  const more = parts.length - words.length
  return [...words, ...(more > 0 ? [count('more_parts', more)] : [])].join(' · ')
}

/**
 * Returns `active`, `not given: Patient declined` …: FHIR has one code for a vaccine that was not given and an operation that was not
 * done. An unknown code stays as it is.
 */
export const stateWords = (entry: RecordEntry): string => cutSaid(inRow(fullStateOf(entry)), entry.source)

const fullStateOf = ({ type, state, details }: RecordEntry): string => {
  if (state === '') return ''
  const why = details.flatMap((detail) => (detail.what === 'why' ? [termWords(detail.text)] : []))
  return [statusWords(type, state), why.join(', ')].filter(Boolean).join(': ')
}

const statusWords = (type: RecordType, state: string): string => {
  const [, statusOfOrder] = /^do-not-take (.*)$/.exec(state) ?? []
  return statusOfOrder === undefined
    ? stateWord(type, state)
    : t('order_not_to_take', stateWord(type, statusOfOrder))
}

const stateWord = (type: RecordType, state: string): string => {
  const code = underscored(state)
  return find(`state_${type}_${code}`) ?? find(`state_${code}`) ?? state
}

/** Returns what makes an entry less than a fact: `not confirmed`, `proposed, not prescribed`. Rows and names in a line say it. */
const doubtsIn = ({ details }: RecordEntry): string[] => details.filter(isDoubt).map(detailWords)

const isDoubt = ({ what }: Detail): boolean => what === 'verification' || what === 'intent'

const longestInLine = 60

/**
 * Returns a current entry's name for a line that lists several (`Penicillin`), with what makes it another statement than that it is so
 * now: `Warfarin (must not be taken)`, `Lung cancer (not confirmed)`. `key` is the same only if all of it is, however long.
 */
export const lineWords = (entry: RecordEntry): { words: string; key: string } => {
  const { type, state } = entry
  const name = fullNameOf(entry)
  const caveats = [
    ...(state === '' || state === 'active' ? [] : [statusWords(type, state)]),
    ...doubtsIn(entry),
  ].join(', ')
  const short = readableName(name, longestInLine)
  const isCut = `${name} ${caveats}`.includes(cutMark)
  return {
    words: caveats ? `${short} (${readableName(caveats, longestInLine)})` : short,
    key: JSON.stringify([name, caveats, ...(isCut ? [entry.source.connectionId, entry.id] : [])]),
  }
}

/** Returns `Mar 2019`, `in childhood`, `at the age of 34 years`; empty if the record gives no time. */
export const whenWords = ({ date, dateSaid, age }: RecordEntry): string =>
  dateSaid ?? (age === undefined ? date && day(date) : t('at_age', ageWords(age))) ?? ''

const ageWords = (age: string): string => {
  const years = /^(\d{1,3}) ?(?:a|years?|yrs?|y)?$/i.exec(age)?.[1]
  return years === undefined ? decimals(age) : count('years', Number(years))
}

/** `5.8 %` */
export const valueWords = (value: ResultValue): string =>
  inUnit(inRow(termWords(value.value, rounded)), value)

const inUnit = (words: string, { unit }: ResultValue): string => `${words} ${unit}`.trim()

/** Details whose text is a code of FHIR's own, if the record has one. */
const coded: ReadonlySet<DetailKind> = new Set([
  'category',
  'criticality',
  'intent',
  'severity',
  'verification',
])
const dated: ReadonlySet<DetailKind> = new Set(['ended', 'last_time'])

const detailWords = ({ what, text }: Detail): string => {
  const words = termWords(text)
  if (dated.has(what) && /^\d{4}-\d{2}(-\d{2}(T\S+)?)?$/.test(words)) return day(words) || words
  return coded.has(what) ? codeWords(words) : words
}
