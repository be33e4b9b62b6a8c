/** The longest name that fits on a page, in characters. */
const longestName = 80
/** How many UTF-16 units of a name are read. The rest would be cut anyway, unless all of these are removed. */
const longestInput = 2000

/** Characters that show nothing, or change the direction of others; blanks and controls become spaces first. */
const unseen = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{1d159}]/gu

/** How many nonspacing marks stand on a letter of a name; of a text, as many as a script needs (Hebrew with accents, Tibetan). */
const mostMarks = { name: 2, text: 4 }

/**
 * Marks, and whatever shows nothing and so parts no mark from its letter. Spacing marks (of Indic scripts or Burmese) stand side by
 * side, the others on top of each other.
 */
const onLetter = /[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu
const stacked = /[\p{Mn}\p{Me}]/u

/** Removes the marks that stand on no letter of the text, and those beyond the most on one: they would paint over what stands beside it. */
const withFewMarks = (text: string, most: number): string =>
  text.replace(onLetter, (run, start: number) => {
    let left = start === 0 || text[start - 1] === ' ' ? 0 : most
    return [...run].filter((each) => !stacked.test(each) || left-- > 0).join('')
  })

/**
 * Cleans a name from outside for display: one line, without characters that are invisible or reverse the text, with at most two
 * nonspacing marks on a letter, and cut to the longest length. Every name of an organization, a person or an application passes
 * through here before it is shown (A29, F66).
 *
 * @param longest in characters; a name that is cut ends with an ellipsis.
 */
export const readableName = (name: string, longest = longestName): string => {
  const line = oneLine(name.slice(0, longestInput))
  const characters = [...line]
  return characters.length > longest
    ? `${characters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`
    : line
}

const oneLine = (name: string): string =>
  withFewMarks(name.replace(/[\p{Z}\p{Cc}]+/gu, ' ').replace(unseen, ''), mostMarks.name)
    .replace(/ +/g, ' ')
    .trim()

/**
 * Returns why a name may not be registered, as the end of a sentence: it shows nothing, shows something else than it holds, or is too
 * long. Only spaces around words are forgiven.
 */
export const faultOfName = (name: string): string | undefined => {
  if (name.length > longestInput || [...plainSpaces(name)].length > longestName)
    return `is longer than ${longestName} characters`
  const line = oneLine(name)
  if (!/[\p{L}\p{N}]/u.test(line)) return 'shows no letter and no digit'
  return line === plainSpaces(name)
    ? undefined
    : 'holds a character that cannot be seen, or that changes how others are shown'
}

/** Returns a name without the spaces that `faultOfName` forgives. */
export const plainSpaces = (name: string): string => name.replace(/ +/g, ' ').trim()

/** Characters that hide or reverse others. Joiners are none, because several scripts need them. */
const hiding =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/**
 * Cleans text of a record for display: without controls, and without characters that hide or reverse others, because they could
 * turn `10 mg` into another dose; with at most four nonspacing marks on a letter.
 */
export const readableText = (text: string): string =>
  withFewMarks(text.replace(/\p{Cc}+/gu, ' ').replace(hiding, ''), mostMarks.text)

/** Writes controls, and what hides or reverses others, as JSON escapes (`\u001b`), so that a text says what it holds, and JSON stays the same. */
export const escapedText = (text: string): string =>
  text.replace(/\p{Cc}/gu, escaped).replace(hiding, escaped)

const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
