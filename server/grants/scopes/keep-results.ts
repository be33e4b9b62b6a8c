import { createRecentlyUsed } from '../../recently-used.ts'

/** Most results that are kept of one function, and the longest text that is kept with one. */
const MOST_KEPT = 500
const LONGEST_KEPT = 20_000

/** Keeps the results of a function of texts for the texts it was called with last. */
export const keepResults = <Texts extends string[], Result>(find: (...texts: Texts) => Result) => {
  const resultOf = createRecentlyUsed<Result>(MOST_KEPT)
  return (...texts: Texts): Result => {
    const key = texts.join('\n')
    return key.length > LONGEST_KEPT ? find(...texts) : resultOf(key, () => find(...texts))
  }
}
