import { abortReasonOf } from './asking.ts'

/** Milliseconds of work after which other work has its turn. */
const turnLength = 16

/**
 * Splits work whose length an organization decides. Call the returned function between two pieces: after 16 ms of work it lets
 * other work run first.
 *
 * @throws ProblemError why the signal was aborted, from the returned function.
 */
export const createTurns = (signal?: AbortSignal): (() => Promise<void>) => {
  let turnStart = performance.now()
  return async () => {
    if (signal?.aborted) throw abortReasonOf(signal)
    if (performance.now() - turnStart < turnLength) return
    await new Promise((resolve) => setTimeout(resolve))
    turnStart = performance.now()
  }
}
