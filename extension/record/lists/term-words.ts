import type { Term } from '../../messages/terms.ts'
import { decimals, find, underscored } from '../../ui/words/words.ts'

/** Returns a term in words, its numbers as `spelled`. A text stays as it is written. */
export const termWords = (term: Term, spelled: (number: string) => string = decimals): string => {
  if (typeof term === 'string') return term
  if ('number' in term) return spelled(term.number)
  if ('code' in term) return codeWords(term.code)
  return term.terms.map((each) => termWords(each, spelled)).join(term.by)
}

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
