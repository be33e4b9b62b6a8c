/** As much of a name as a page has room for. */
const LONGEST = 80
/** What follows would be cut anyway, unless all of this is left out. */
const MOST_READ = 2_000

/**
 * A name as a person can read it: one line of it, and no character that hides others or turns them around, as those for
 * the direction of writing do (A29, F66).
 *
 * @param longest in characters; what is cut ends with an ellipsis.
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
