/** The largest number of an entry, place, or size of the log: whatever lists or verifies the log reaches it, and nothing beyond. */
export const LARGEST_NUMBER = 999_999_999_999_999

/** Parses a number of an entry, a place, or a size of the log: digits, from 1. Returns `undefined` for any other text. */
export const parseNumber = (text: unknown): number | undefined => {
  const number = typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
  return number === undefined || number > LARGEST_NUMBER ? undefined : number
}
