import type { Detail, RecordEntry, ResultValue } from '../messages/record-lists.ts'
import { day } from '../ui/dates.ts'
import { count, decimals, find, t } from '../ui/words.ts'

const withUnderscores = (code: string): string => code.replaceAll('-', '_')

/** Returns the entry's name, or "unnamed" in words if the record gives none. */
export const nameWords = ({ name }: RecordEntry): string => name || t('entry_unnamed')

/** Returns `active`, `stopped` …; an unknown code stays as it is. */
export const stateWords = ({ state }: RecordEntry): string =>
  (state && find(`state_${withUnderscores(state)}`)) || state

/** Returns `Mar 2019`, `in childhood`, `at the age of 34 years`; empty if the record gives no time. */
export const whenWords = ({ date, dateSaid, age }: RecordEntry): string =>
  dateSaid ?? (age === undefined ? date && day(date) : t('at_age', ageWords(age))) ?? ''

const ageWords = (age: string): string => {
  const years = /^(\d{1,3}) ?(?:a|years?|yrs?|y)?$/i.exec(age)?.[1]
  return years === undefined ? decimals(age) : count('years', Number(years))
}

/** `5.8 %` */
export const valueWords = ({ value, unit }: ResultValue): string =>
  `${codeWords(decimals(value))} ${unit}`.trim()

export const detailWords = ({ text }: Detail): string =>
  /^\d{4}-\d{2}(-\d{2}(T\S+)?)?$/.test(text) ? day(text) || text : codeWords(text)

/** Returns the words for a FHIR code (`unable-to-assess`); other text stays as it is written. */
const codeWords = (text: string): string =>
  /^[a-z-]{2,20}$/.test(text) ? (find(`code_${withUnderscores(text)}`) ?? text) : text
