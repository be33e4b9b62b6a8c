/** Longest name that is shown of an application, in characters. */
const LONGEST = 80

/**
 * A name as a person can read it: one line of it, and no character that hides others or turns them around, as those for
 * the direction of writing do (A29).
 */
export const readableName = (name: string): string => {
  const line = name
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .trim()
  const characters = [...line]
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : line
}
