/**
 * What a list of scopes may hold. Every word is parsed and compared, and every alternative of a limit becomes a condition of each
 * statement, so both are counted before anything is done with the list.
 */
export const SCOPE_BUDGET = {
  words: 64,
  /** In bytes; scopes are ASCII, and every other character is refused. */
  length: 4096,
  /** Scopes with a limit, such as `patient/Observation.rs?category=laboratory`. */
  limited: 10,
  /** Values of all limits together, such as the two of `category=laboratory,vital-signs`. */
  values: 30,
} as const

/** A wildcard that is granted in part becomes the list of its types, so a granted list is longer than the requested one. */
const GRANTED = { ...SCOPE_BUDGET, words: 2 * SCOPE_BUDGET.words, length: 2 * SCOPE_BUDGET.length }

/** Returns what is too much in a requested or registered list of scopes, as the end of a sentence. */
export const excessOf = (
  list: string,
  { words, length, limited, values }: Record<keyof typeof SCOPE_BUDGET, number> = SCOPE_BUDGET,
): string | undefined => {
  if (Buffer.byteLength(list) > length) return `is longer than ${length} bytes`
  const scopes = list.split(' ')
  if (scopes.length > words) return `has more than ${words} scopes`
  const queries = scopes.flatMap((scope) => (scope.includes('?') ? scope.slice(scope.indexOf('?')) : []))
  if (queries.length > limited) return `has more than ${limited} scopes with a limit`
  // Each parameter has one value, and one more for each comma, which may be written as %2C.
  const total = queries.reduce((sum, query) => sum + query.split(/[&,]|%2c/i).length, 0)
  return total > values ? `has more than ${values} values in its limits` : undefined
}

/** Checks a granted list. */
export const isWithinBudget = (list: string): boolean => excessOf(list, GRANTED) === undefined
