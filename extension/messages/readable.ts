/** As much of a name as a page has room for, in characters. */
const longestName = 80
/** What follows would be cut anyway, unless all of this is left out. */
const mostRead = 2000

/**
 * A name from outside as a person can read it: one line, nothing that nobody sees or that turns the rest around, no more than two
 * marks on a letter, and no longer than there is room for. Every name of an organization, a person or an application passes here
 * once, where it comes in.
 *
 * @param longest in characters; what is cut ends with an ellipsis.
 */
export const readableName = (name: string, longest = longestName): string => {
  const line = name
    .slice(0, mostRead)
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
 * Text of a record as it can be read: without controls, and without what hides other characters or turns them around, for in
 * `10 mg` that would be another dose. Joiners stay, which several scripts are written with.
 */
export const readableText = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(
      /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu,
      '',
    )
