import { upstreamCostly, upstreamSlow } from '../../fhir-error.ts'
import type { Upstream } from './upstream.ts'

/** In milliseconds. With the last answer's own 5 s, a caller is answered before 10 s of silence (`http-server.ts`). */
const LONGEST = 4_800
/** More than a page and its look-ups take: of each, as many as its own limit allows. */
const MOST_ASKED = 200
/** The others wait, so that nobody takes all connections. */
const AT_ONCE = 8

/**
 * Lets one request of ours ask for that long, that often, and for so much at the same time; after that, nothing more is asked for it.
 *
 * @throws FhirError 504 or 403 from then on.
 */
export const withDeadline = (upstream: Upstream): Upstream => {
  const until = performance.now() + LONGEST
  const waiting: (() => void)[] = []
  let asked = 0
  let running = 0
  const ask = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
    if (++asked > MOST_ASKED) throw upstreamCostly()
    if (running < AT_ONCE) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      if (performance.now() > until) throw upstreamSlow()
      return await send()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
  return {
    read: (...about) => ask(() => upstream.read(...about)),
    search: (...about) => ask(() => upstream.search(...about)),
    follow: (...about) => ask(() => upstream.follow(...about)),
    offer: () => upstream.offer(),
  }
}
