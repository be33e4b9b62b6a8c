import browser from 'webextension-polyfill'
import type messages from '../../_locales/en/messages.json'

type Key = keyof typeof messages

/** Sentences that say that something is absent: only `absent` (`ui/words/absent`) says them. */
export type AbsenceWord = Extract<
  Key,
  | 'nothing_recorded'
  | 'span_empty'
  | 'vitals_empty'
  | `list_empty_${string}`
  | 'list_rest_empty'
  | 'record_found_none'
  | 'not_here_nothing'
  | 'allergies_past'
  | 'found_nothing'
  | 'log_empty'
  | 'log_filter_empty'
  | 'log_others_none'
  | 'log_others_named_none'
>
export type Word = Exclude<Key, AbsenceWord>

/** Returns a sentence of `_locales` with `values` in place of `$1`, `$2` …, or the key itself if the sentence is missing. */
export const t = (word: Word, ...values: (string | number)[]): string => messageOf(word, values) ?? word

/** Returns the sentence of a key known only at run time (an error's code, a kind of access), or undefined. */
export const find = (word: string, ...values: (string | number)[]): string | undefined =>
  messageOf(word, values)

/** Returns the person's own locale (`en-US`), which says how they write a date. */
export const locale = (): string => browser.i18n.getUILanguage()

/** Returns the language of the sentences, so that dates and plurals agree with them. */
export const language = (): string => t('language')

/** Returns a plural sentence: `found` with 1 is `found_one`, with 3 `found_other`; `$1` is the count. */
export const count = (word: Plural, number: number): string => {
  const form = new Intl.PluralRules(language()).select(number)
  const numberText = new Intl.NumberFormat(language()).format(number)
  return find(`${word}_${form}`, numberText) ?? find(`${word}_other`, numberText) ?? numberText
}

/** Formats a recorded value (`81.20`, `128/82`) with the decimal mark of the language and every digit as recorded. */
export const decimals = (recorded: string): string =>
  recorded.replaceAll(/(?<=\d)\.(?=\d)/g, new Intl.NumberFormat(language()).format(0.5).charAt(1))

/** Returns the words for FHIR's administrative gender; another text stays as it is. */
export const genderWords = (gender: string): string => find(`gender_${gender}`) ?? gender

/** `Riverside Clinic and Pulse Devices` */
export const listed = (names: string[]): string => new Intl.ListFormat(language()).format(names)

/** Returns a code as `_locales` spells it: `not_found` for `not-found`. */
export const underscored = <S extends string>(code: S) => code.replaceAll('-', '_') as Underscored<S>

type Underscored<S extends string> = S extends `${infer A}-${infer B}` ? `${A}_${Underscored<B>}` : S

type Plural = Word extends infer W ? (W extends `${infer Stem}_other` ? Stem : never) : never

const messageOf = (word: string, values: (string | number)[]): string | undefined =>
  browser.i18n.getMessage(word, values.map(String)) || undefined
