/** Most characters of a name that fit on a page. */
const LONGEST = 80
/** Most characters that are read; the rest would be cut anyway, unless all of these are removed. */
const MOST_READ = 2_000

/**
 * Makes a name readable: one line, without characters that hide or reverse others, such as those for the direction of writing
 * (A29, F66).
 *
 * @param longest in characters; a cut name ends with an ellipsis.
 */
export const readableName = (name: string, longest = LONGEST): string => {
  const line = name
    .slice(0, MOST_READ)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .trim()
  const characters = [...line]
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line
}
