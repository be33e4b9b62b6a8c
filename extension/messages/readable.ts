/** The longest name that fits on a page, in characters. */
const longestName = 80
/** How many UTF-16 units of a name are read. The rest would be cut anyway, unless all of these are removed. */
const longestInput = 2000

/**
 * Cleans a name from outside for display: one line, without characters that are invisible or reverse the text, with at most two
 * marks on a letter, and cut to the longest length. Every name of an organization, a person or an application passes through here
 * once, when it arrives.
 *
 * @param longest in characters; a name that is cut ends with an ellipsis.
 */
export const readableName = (name: string, longest = longestName): string => {
  const line = name
    .slice(0, longestInput)
    .replace(/[\p{Z}\p{Cc}]+/gu, ' ')
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim()
  const characters = [...line]
  return characters.length > longest
    ? `${characters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`
    : line
}

/**
 * Cleans text of a record for display: without controls, and without characters that hide or reverse others, because they could
 * turn `10 mg` into another dose. Joiners stay, because several scripts need them.
 */
export const readableText = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(
      /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu,
      '',
    )
