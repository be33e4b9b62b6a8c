/** Most results that are kept of one function, and the longest text that is kept with one. */
const MOST_KEPT = 500
const LONGEST_KEPT = 20_000

/** Keeps the results of a function of texts for the texts it was called with last. */
export const keepResults = <Texts extends string[], Result>(find: (...texts: Texts) => Result) => {
  const results = new Map<string, Result>()
  return (...texts: Texts): Result => {
    const key = texts.join('\n')
    if (key.length > LONGEST_KEPT) return find(...texts)
    const result = results.has(key) ? (results.get(key) as Result) : find(...texts)
    results.delete(key)
    results.set(key, result)
    const [oldest] = results.keys()
    if (results.size > MOST_KEPT && oldest !== undefined) results.delete(oldest)
    return result
  }
}
