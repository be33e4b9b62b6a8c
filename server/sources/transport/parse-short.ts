import { isObject, type Json } from '../../query/json-path.ts'

/** The longest text that is parsed at once, in characters, because everybody waits meanwhile. Longer ones are parsed in pieces. */
const LONGEST = 100_000

/** Parses a short object that another server wrote, such as an error; anything else is `undefined`. */
export const parseShort = (text: string): Json | undefined => {
  try {
    const value: unknown = text.length > LONGEST ? undefined : JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
