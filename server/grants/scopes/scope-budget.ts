/**
 * What a list of scopes may hold. Every word is parsed and compared, and a limit becomes a condition of each statement, so they are
 * counted before anything is done with the list.
 */
const SCOPE_BUDGET = {
  words: 64,
  /** In bytes; scopes are ASCII, and every other character is refused. */
  length: 4096,
  /** Scopes with a limit, such as `patient/Observation.rs?category=laboratory`. */
  limited: 10,
  /**
   * Conditions of one type, each a lookup for every row: a parameter by which scopes are limited alone, with all its values, is one; each
   * parameter of a scope that has several is another.
   */
  conditions: 4,
  /** Values of all limits together, such as the two of `category=laboratory,vital-signs`. */
  values: 30,
} as const

/** A wildcard that is granted in part becomes the list of its types, so a granted list is longer than the requested one. */
const GRANTED: Budget = { ...SCOPE_BUDGET, words: 2 * SCOPE_BUDGET.words, length: 2 * SCOPE_BUDGET.length }

/** Returns what is too much in a requested or registered list of scopes, as the end of a sentence. */
export const excessOf = (list: string, budget: Budget = SCOPE_BUDGET): string | undefined => {
  const { words, length, limited, conditions, values } = budget
  if (Buffer.byteLength(list) > length) return `is longer than ${length} bytes`
  const scopes = list.split(' ')
  if (scopes.length > words) return `has more than ${words} scopes`
  const limits = scopes.filter((scope) => scope.includes('?'))
  if (limits.length > limited) return `has more than ${limited} scopes with a limit`
  // Each parameter has one value, and one more for each comma, which may be written as %2C.
  const total = limits.reduce((sum, scope) => sum + scope.split(/[?&,]|%2c/i).length - 1, 0)
  if (total > values) return `has more than ${values} values in its limits`
  const ofTypes = Object.groupBy(new Set(limits.flatMap(conditionsOf)), (condition) => typeOf(condition))
  if (Object.values(ofTypes).some((ofType = []) => ofType.length > conditions))
    return `limits one type by more than ${conditions} conditions`
  return undefined
}

type Budget = Readonly<Record<keyof typeof SCOPE_BUDGET, number>>

/** Names the conditions of a scope; those that scopes share have one name. */
const conditionsOf = (scope: string): string[] => {
  const [whole = '', ...queries] = scope.split('?')
  const parameters = queries.join('?').split('&')
  const [context] = whole.split('.')
  return parameters.map((parameter) =>
    parameters.length > 1 ? `${context} of ${scope} ${parameter}` : `${context} ${parameter.split('=')[0]}`,
  )
}

const typeOf = (condition: string): string => /\/(\S*)/.exec(condition)?.[1] ?? ''

/**
 * Returns the words of a list that the server derived from others, each once. What is beyond the budget is left out by itself, because
 * nobody could mend the list, and as a whole it would open nothing. Lists that are themselves beyond the budget leave nothing.
 *
 * @param lists what it was derived from.
 */
export const fittingWords = (words: readonly string[], ...lists: readonly string[]): readonly string[] => {
  if (!lists.every(isWithinBudget)) return []
  const each = [...new Set(words)]
  if (isWithinBudget(each.join(' '))) return each
  const fitting: string[] = []
  for (const word of each) {
    fitting.push(word)
    if (!isWithinBudget(fitting.join(' '))) fitting.pop()
  }
  return fitting
}

/** Checks a granted list. */
export const isWithinBudget = (list: string): boolean => excessOf(list, GRANTED) === undefined
