import type { LoggedAccess } from './access-event.ts'

/** The largest number of an entry, place, or size of the log: whatever lists or verifies the log reaches it, and nothing beyond. */
export const LARGEST_NUMBER = 999_999_999_999_999

/** Parses a number of an entry, a place, or a size of the log: digits, from 1. Returns `undefined` for any other text. */
export const parseNumber = (text: unknown): number | undefined => {
  const number = typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
  return number === undefined || number > LARGEST_NUMBER ? undefined : number
}

/** The most bytes of one entry, as canonical JSON: what follows, and about a kilobyte of the log's own. */
export const LARGEST_ENTRY = 16_384
/** The most bytes of a search in an entry, percent-encoded; base64 makes a third more of them. 100 ids of entries fit. */
export const LONGEST_SEARCH = 6_000
/** The most bytes of a detail, as JSON: as many as a list of granted scopes has. */
const LONGEST_DETAIL = 8_192
/** The most bytes of any other text, as JSON: names of 80 characters fit in every script, and so does every id. */
const LONGEST_TEXT = 400
/** What a UTF-16 unit takes at most, as JSON: `\u0007`. */
const MOST_BYTES = 6

/**
 * Shortens what a caller can make long, before anything is made of an access, so that no entry is longer than `LARGEST_ENTRY`.
 * Halves of characters, which have no canonical JSON, are replaced.
 */
export const withinLimits = ({ query, details, ...others }: LoggedAccess): LoggedAccess => ({
  ...shortenAll(others, LONGEST_TEXT),
  ...(query !== undefined && { query: shortenSearch(query.toWellFormed()) }),
  ...(details && { details: shortenAll(details, LONGEST_DETAIL) }),
})

/**
 * Returns a search without its values if it is too long with them: a part of it would look like another search. `name=` is how the log
 * writes each parameter whose value it leaves out.
 *
 * @param most in bytes.
 */
export const shortenSearch = (query: string, most = LONGEST_SEARCH): string => {
  if (Buffer.byteLength(query) <= most) return query
  // A space stands only between the searches of one look.
  const names = query.replace(/=[^& ]*/g, '=')
  return Buffer.byteLength(names) <= most
    ? names
    : shorten(names.split('?', 1)[0] ?? '', Math.min(most, LONGEST_TEXT))
}

const shortenAll = <T>(value: T, most: number): T => {
  if (typeof value === 'string') return shorten(value, most) as T
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => shortenAll(item, most)) as T
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shortenAll(member, most)]),
  ) as T
}

/** A text that was cut ends with an ellipsis, which no id holds, so it is never that of somebody else. */
const shorten = (text: string, most: number): string => {
  const whole = text.toWellFormed()
  const isShort = whole.length * MOST_BYTES <= most || Buffer.byteLength(JSON.stringify(whole)) <= most
  return isShort ? whole : `${whole.slice(0, most / MOST_BYTES - 1).toWellFormed()}…`
}
