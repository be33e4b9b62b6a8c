import { isolated, quotable } from '../../../values/quotable.ts'
import { readableName } from '../../../values/readable-name.ts'
import { hasSentenceWord } from '../../../values/sentence-words.ts'
import { t } from './words.ts'

/** Puts a text from outside in the quotation marks of the language. Every placeholder that stands in them is filled here. */
export const quoted = (text: string): string => t('quoted', isolated(quotable(text)))

/** Says what an organization says about its own answer. */
export const remarkWords = (organization: string, remark: string): string =>
  t('organization_says', organization, quoted(remark))

/**
 * Returns a person's name as it stands in a sentence or beside an organization's: as it is if it is plain words of a name, or else cut
 * and in quotation marks, because an organization can give its patient any name, such as a list of two people or the beginning of an
 * alarm.
 */
export const personName = (name: string): string => {
  if (name === '') return ''
  return isPersonName(name) ? isolated(name) : quotedName(name)
}

/** Returns an application's name as `personName` does. Only as the name of an application is `Carekey` no word of the sentence. */
export const applicationName = (name: string): string => (name === 'Carekey' ? name : personName(name))

/** Returns a person's name, cut and in quotation marks whatever it is, for a sentence in which it would be the subject. */
export const quotedName = (name: string): string => quoted(readableName(name, longestPlain))

/** Says whose connection a sentence is about: `John Doe: …`. Without a name once the connection is removed, because nothing of it stays. */
export const ofPerson = (name: string | undefined, sentence: string): string =>
  name ? `${personName(name)}: ${sentence}` : sentence

const longestPlain = 40
const mostWords = 5

const isPersonName = (name: string): boolean => {
  const words = name.split(' ')
  return (
    words.length <= mostWords &&
    name.length <= longestPlain &&
    (words.every(isNameWord) || isPart(name)) &&
    !hasSentenceWord(name) &&
    quotable(name) === name.replaceAll('’', "'")
  )
}

/** Checks for a capitalized word, an initial, a title, or a small word of names. */
const isNameWord = (word: string): boolean =>
  beforeName.test(word) ||
  word.split('-').every((part) => small.has(part) || (isPart(part) && isCapital(part)))

/** Checks for letters alone. A name that is one such word may be small, because it is no sentence. */
const isPart = (part: string): boolean => /^(?:[\p{L}\p{M}]['’]?)*[\p{L}\p{M}]$/u.test(part)
const isCapital = (part: string): boolean => /^(?:\p{Ll}{1,2}['’])?[\p{Lu}\p{Lt}\p{Lo}]/u.test(part)

/** Initials and titles are all that ends with a full stop without ending a sentence. */
const beforeName = /^(?:(?:\p{Lu}\p{M}*\.)+|(?:Dra?|Mrs?|Ms|Mx|Prof|Jr|Sr|Sra|Srta|St)\.)$/u

const small: ReadonlySet<string> = new Set(
  "af al ap av ben bin bint da das de del della den der des di do dos du el ibn la las le los 't ten ter van vom von zu zum zur".split(
    ' ',
  ),
)
