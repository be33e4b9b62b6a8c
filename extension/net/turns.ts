import { abortedBy } from './asking.ts'

/** Milliseconds of work after which other work has its turn. */
const turn = 16

/**
 * Returns a function to call between the pieces of work whose length an organization decides. When the turn is over it waits, so
 * that the worker's other work goes on.
 *
 * @throws ProblemError why the signal was aborted, from the returned function.
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
