import { upstreamSlow } from '../../fhir-error.ts'
import type { Upstream } from './upstream.ts'

/** In milliseconds. With the last answer's own 5 s, a caller is answered before 10 s of silence (`http-server.ts`). */
const LONGEST = 4_800

/**
 * Lets one request of ours ask for that long; after that, nothing more is asked for it.
 *
 * @throws FhirError 504 from then on.
 */
export const withDeadline = (upstream: Upstream): Upstream => {
  const until = performance.now() + LONGEST
  const requireTime = (): void => {
    if (performance.now() > until) throw upstreamSlow()
  }
  return {
    read: async (...asked) => {
      requireTime()
      return upstream.read(...asked)
    },
    search: async (...asked) => {
      requireTime()
      return upstream.search(...asked)
    },
    follow: async (...asked) => {
      requireTime()
      return upstream.follow(...asked)
    },
    offer: () => upstream.offer(),
  }
}
