import { expect } from 'vitest'
import { STORED_TYPES } from '../../server/query/parameters.ts'
import type { Attack } from '../attacks/attack.ts'
import type { AttackedServer } from '../attacks/attacked-server.ts'
import { observation } from '../fixtures/canary.ts'

/** Sends one request, and returns the status of its answer. */
export type Send = () => Promise<number>

/** Rounds of which the cheapest counts, because a busy machine only ever adds to the time. More are played while that adds too much. */
const ROUNDS = 5
const MOST_ROUNDS = 20
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
  elements = 1,
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
  for (let round = 0; round < ROUNDS || (round < MOST_ROUNDS && best.most > 2 * best.one * elements); round++)
    for (const kind of ['one', 'most'] as const)
      best[kind] = Math.min(best[kind], await measure(requests[kind], count))
  return best
}

/** The most milliseconds of a test that compares costs. */
export const LONG = 900_000

/** What the tests of costs do with an attacked server. */
export const comparing = (anna: Attack) => {
  const send =
    (path: string, init: RequestInit & { bearer?: string | undefined } = {}): Send =>
    async () => {
      // Strangers begin 300 authorizations in 5 minutes, and these are more.
      if (path.startsWith('/oauth/authorize')) await anna.server.store.db.deleteFrom('rate_limit').execute()
      const headers = new Headers(init.headers)
      if (init.bearer !== undefined) headers.set('authorization', `Bearer ${init.bearer}`)
      const answer = await fetch(`${anna.server.url}${path}`, { redirect: 'manual', ...init, headers })
      await answer.arrayBuffer()
      return answer.status
    }

  const expectAtMostTwice = async (one: Send, most: Send, elements = 1): Promise<void> => {
    const cost = await costOf(anna.server, { one, most }, elements)
    const ratio = cost.most / (cost.one * elements)
    expect(ratio, `${cost.one.toFixed(2)} ms with one element`).toBeLessThanOrEqual(2)
  }

  /** Gives the patient a thousand readings. */
  const putReadings = () =>
    anna.server.put(
      Array.from({ length: 1000 }, (_, at) =>
        observation(`many-${at}`, 'pa', {
          performer: [{ reference: 'Practitioner/pr1' }],
          effectiveDateTime: `2024-01-${String((at % 28) + 1).padStart(2, '0')}`,
        }),
      ),
    )

  return { send, expectAtMostTwice, putReadings }
}

export const json = (body: unknown, bearer?: string): RequestInit & { bearer: string | undefined } => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  bearer,
})

/** Returns the longest of these lists that the server accepts. */
export const longest = async <T>(
  lists: readonly T[],
  isAccepted: (list: T) => Promise<boolean>,
): Promise<T> => {
  for (const list of lists) if (await isAccepted(list)) return list
  throw new Error('the server accepts none of the lists')
}

/** Words to fill the rest of a list. */
export const FILLING = STORED_TYPES.filter((type) => type !== 'Observation').flatMap((type) =>
  ['r', 's', 'rs', 'read'].map((actions) => `patient/${type}.${actions}`),
)
