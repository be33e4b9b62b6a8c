import { abortedBy } from './asking.ts'

/** Work of this many milliseconds, and others have their turn. */
const turn = 16

/**
 * For work whose length an organization decides: called between its pieces, it waits where the turn is over, so that whatever
 * else the worker does goes on. Throws why the signal was aborted.
 */
export const createTurns = (signal?: AbortSignal): (() => Promise<void>) => {
  let began = performance.now()
  return async () => {
    if (signal?.aborted) throw abortedBy(signal)
    if (performance.now() - began < turn) return
    await new Promise((resolve) => setTimeout(resolve))
    began = performance.now()
  }
}
