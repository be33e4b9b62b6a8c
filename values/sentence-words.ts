/** Words, without accents, that join a list, stand for people or organizations, or negate, in the languages of `_locales`. */
const words = `and y e
  anybody anyone carekey everybody everyone no nobody none only organization organizations others somebody someone you yourself
  alguien nadie ninguna ninguno organizacion organizaciones solo todos tu usted ustedes`.split(/\s+/)

/** A word that mixes Latin with other letters may look like any of these. */
const isMixed = (word: string): boolean =>
  /\p{Script=Latin}/u.test(word) && /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(word)

/** Digits, and a letter, that stand for another letter (`N0body`, `On1y`). The table of `look-alikes` is too long for the popup's first code. */
const letterOf: Readonly<Record<string, string>> = {
  ...{ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b' },
  l: 'i',
}

/** Returns the letters of a word, small and without accents; none of a number. */
const lettersOf = (word: string): string =>
  /\p{L}/u.test(word)
    ? [
        ...word
          .normalize('NFKD')
          .replaceAll('ı', 'i')
          .toLowerCase()
          .replace(/[^\p{L}\p{Nd}]/gu, ''),
      ]
        .map((letter) => letterOf[letter] ?? letter)
        .join('')
    : ''

const sentenceWords: ReadonlySet<string> = new Set(words.map(lettersOf))

/** Checks whether a name has a word with which a sentence of Carekey's would say something else: `Nobody is signed out`. */
export const hasSentenceWord = (name: string): boolean =>
  name.split(/[\s\p{Dash}]+/u).some((word) => isMixed(word) || sentenceWords.has(lettersOf(word)))
