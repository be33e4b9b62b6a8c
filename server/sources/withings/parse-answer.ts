/** ECMAScript "JSON.parse source text access", which TypeScript's library does not declare yet. */
const json: {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
} = JSON as never

/**
 * Parses an answer of Withings. Each number named `value` becomes text with the digits it was written with, because a double would
 * round the longest ones.
 *
 * @returns `undefined` for text that is not JSON.
 */
export const parseAnswer = (text: string): unknown => {
  try {
    return json.parse(text, (key, value, { source }) =>
      key === 'value' && typeof value === 'number' ? source : value,
    )
  } catch {
    return undefined
  }
}
