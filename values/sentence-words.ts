/** Words, without accents, that join a list, stand for people or organizations, or negate, in the languages of `_locales`. */
const sentenceWords: ReadonlySet<string> = new Set(
  `and y e
  anybody anyone carekey everybody everyone no nobody none only organization organizations others somebody someone you yourself
  alguien nadie ninguna ninguno organizacion organizaciones solo todos tu usted ustedes`.split(/\s+/),
)

/** A word that mixes Latin with other letters may look like any of these. */
const isMixed = (word: string): boolean =>
  /\p{Script=Latin}/u.test(word) && /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(word)

const lettersOf = (word: string): string =>
  word.replace(/\P{L}/gu, '').normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ı', 'i').toLowerCase()

/** Checks whether a name has a word with which a sentence of Carekey's would say something else: `Nobody is signed out`. */
export const hasSentenceWord = (name: string): boolean =>
  name.split(/[\s\p{Dash}]+/u).some((word) => isMixed(word) || sentenceWords.has(lettersOf(word)))
