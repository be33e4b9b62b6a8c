import { expect } from 'vitest'
import type { AttackedServer } from '../attacks/attacked-server.ts'

/** Sends one request, and returns the status of its answer. */
export type Send = () => Promise<number>

/** Rounds of which the cheapest counts, because a busy machine only ever adds to the time. */
const ROUNDS = 5
/** Processor time of a round, in milliseconds: much more than a garbage collection, or the clock's step. */
const ROUND = 150

/**
 * Measures the processor time of the server for two requests, in turns.
 *
 * @returns milliseconds for one request of each kind.
 */
export const costOf = async (
  server: Pick<AttackedServer, 'processor'>,
  requests: { readonly one: Send; readonly most: Send },
): Promise<{ one: number; most: number }> => {
  const measure = async (send: Send, count: number): Promise<number> => {
    const before = await server.processor()
    for (let n = 0; n < count; n++) expect(await send()).toBeLessThan(400)
    return ((await server.processor()) - before) / count
  }
  // Also compiles and caches what only the first requests do.
  await measure(requests.one, 20)
  await measure(requests.most, 20)
  const warm = await measure(requests.one, 20)
  const count = Math.min(300, Math.max(10, Math.ceil(ROUND / warm)))
  const best = { one: Infinity, most: Infinity }
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of ['one', 'most'] as const)
      best[kind] = Math.min(best[kind], await measure(requests[kind], count))
  return best
}
