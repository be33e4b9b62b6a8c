/** ECMAScript "JSON.parse source text access", which TypeScript's library does not declare yet. */
const json: {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
} = JSON as never

/** Numbers of any length: a double would round one reading, or take two people for one. */
const LONG = ['value', 'grpid', 'userid']

/**
 * Parses an answer of Withings. Each number named `value`, `grpid` or `userid` becomes text with the digits it was written with.
 *
 * @returns `undefined` for text that is not JSON.
 */
export const parseAnswer = (text: string): unknown => {
  try {
    return json.parse(text, (key, value, { source }) =>
      LONG.includes(key) && typeof value === 'number' ? source : value,
    )
  } catch {
    return undefined
  }
}

/** Returns a text, or a number as text; an empty text for anything else, whose conversion may throw or find a text in a list. */
export const textIn = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

/** Returns a number, also one that was sent as text; `NaN` for anything else. */
export const numberIn = (value: unknown): number => {
  const text = textIn(value)
  return text === '' ? Number.NaN : Number(text)
}
