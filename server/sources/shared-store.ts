import type { ResourceSource, SharedSource } from '../fhir/source.ts'
import { createTurns } from '../turns.ts'

/**
 * Reads at the same time: fewer than there are connections to PostgreSQL (`store/postgres.ts`), so that tokens are looked up and the log is
 * written meanwhile. Each person has a few, so that however much one of them searches, others are answered.
 * With the longest wait, an answer still comes in time (`fhir/http/answer-budget.ts`).
 */
const PLACES = { all: 8, holder: 3, line: 1_000, wait: 3_000 }

/**
 * Shares the store's own resources between the people who ask. The texts of a page that is being sent are not among these reads: they
 * are looked up by their keys.
 *
 * @throws FhirError 503 when too many wait for one person, there is no place in time, or the reader has gone.
 */
export const sharedStore = (store: ResourceSource): SharedSource => {
  const places = createTurns(PLACES)
  return {
    askedBy: ({ holder, left }) => ({
      ...store,
      read: (...what) => places.run(holder, () => store.read(...what), left),
      search: (...what) => places.run(holder, () => store.search(...what), left),
      everything: (...what) => places.run(holder, () => store.everything(...what), left),
    }),
  }
}
