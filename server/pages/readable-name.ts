/**
 * A name as a person can read it: one line of it, and no character that hides others or turns them around, as those for
 * the direction of writing do (A29).
 *
 * @param longest in characters; what is cut ends with an ellipsis.
 */
export const readableName = (name: string, longest: number): string => {
  const line = name
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .trim()
  const characters = [...line]
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line
}
