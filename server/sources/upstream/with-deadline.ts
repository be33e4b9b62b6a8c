import { upstreamCostly, upstreamSlow } from '../../fhir-error.ts'
import type { Upstream } from './upstream.ts'

/**
 * In milliseconds. The last answer may take another 5 s, so a caller gets an answer before 10 s of silence (`http-server.ts`).
 */
const LONGEST = 4_800
/** The most requests upstream for one request here: more than a page and its look-ups can take within their own limits. */
const MOST_ASKED = 200
/** The most requests at the same time; the others wait, so that one request here does not take all connections. */
const AT_ONCE = 8

/**
 * Limits what one request here may use upstream: the time, the number of requests, and how many run at the same time. After that,
 * every further request fails.
 *
 * @throws FhirError 504 or 403 after that.
 */
export const withDeadline = (upstream: Upstream): Upstream => {
  const until = performance.now() + LONGEST
  const waiting: (() => void)[] = []
  let requestCount = 0
  let running = 0
  const ask = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
    if (++requestCount > MOST_ASKED) throw upstreamCostly()
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
