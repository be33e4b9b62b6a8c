import type { Asker } from '../../fhir/source.ts'
import { upstreamCostly, upstreamSlow } from '../../fhir-error.ts'
import { createTurns } from '../../turns.ts'
import type { Upstream } from './upstream.ts'

/**
 * In milliseconds. The last answer may take another 5 s, so a caller gets an answer before 10 s of silence (`http-server.ts`).
 */
const LONGEST = 4_800
/** The most requests upstream for one request here: more than a page and its look-ups can take within their own limits. */
const MOST_ASKED = 200
/** Requests upstream at the same time. Each person has a few, so that however much one of them asks for, others are answered. */
const PLACES = { all: 32, holder: 4, line: 256, wait: LONGEST }

/** Gives one asker a fair share of the FHIR server upstream. */
export type AskedBy = (asker: Asker) => Upstream

/**
 * Shares the FHIR server upstream between the people who ask. What is asked for one request here is limited in time and in number as
 * well; after that, every further request fails, and so it does when its reader has gone.
 *
 * @throws FhirError 504 or 403 after that, 503 when too many wait for one person.
 */
export const sharedUpstream = (upstream: Upstream): AskedBy => {
  const places = createTurns(PLACES)
  return ({ holder, left }) => {
    const until = performance.now() + LONGEST
    let requestCount = 0
    const ask = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
      if (++requestCount > MOST_ASKED) throw upstreamCostly()
      const sendInTime = () => {
        if (performance.now() > until) throw upstreamSlow()
        return send()
      }
      return places.run(holder, sendInTime, left)
    }
    return {
      read: (type, id) => ask(() => upstream.read(type, id, left)),
      search: (type, parameters) => ask(() => upstream.search(type, parameters, left)),
      follow: (next) => ask(() => upstream.follow(next, left)),
      offer: () => upstream.offer(),
      health: () => upstream.health(),
    }
  }
}
