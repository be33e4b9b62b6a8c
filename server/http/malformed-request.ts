import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type Refusal, type RefusalDeps, refuseRequest } from './refuse-request.ts'

/**
 * Fields that may be repeated (RFC 9110 section 5.3): lists, which mean the same on one line, and fields that proxies add. Of any
 * other field, Node keeps the first or joins them, while a proxy may use the last.
 */
const LISTS: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'access-control-request-headers',
  'baggage',
  'cache-control',
  'connection',
  'forwarded',
  'if-match',
  'if-none-match',
  'pragma',
  'prefer',
  'te',
  'tracestate',
  'trailer',
  'upgrade',
  'via',
  'warning',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
])

const malformed = (sentence: string): Refusal => ({
  status: 400,
  reason: 'bad_request',
  sentence,
  issue: 'invalid',
  words: 'unreadable',
})

const EXPECTATION: Refusal = {
  ...malformed('Only the expectation 100-continue is met.'),
  status: 417,
  reason: 'expectation',
}

const ENCODED: Refusal = {
  ...malformed('A body is taken as it is, without Content-Encoding.'),
  status: 415,
  reason: 'media_type',
  issue: 'not-supported',
  headers: { 'accept-encoding': 'identity' },
}

/** Returns why the headers alone make a request refused, or `undefined` if they do not. */
export const findMalformed = ({ rawHeaders, headers, httpVersion }: IncomingMessage): Refusal | undefined => {
  const seen = new Set<string>()
  for (const name of rawHeaders.filter((_, at) => at % 2 === 0).map((each) => each.toLowerCase())) {
    if (seen.has(name) && !LISTS.has(name))
      return malformed('A header is there twice that may be there once.')
    seen.add(name)
  }
  if (httpVersion === '1.1' && headers.host === undefined) return malformed('The Host header is missing.')
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') return EXPECTATION
  // The size of a compressed body is unknown until it is unpacked.
  const encoding = headers['content-encoding']
  return encoding !== undefined && encoding.toLowerCase() !== 'identity' ? ENCODED : undefined
}

/** Refuses requests that two programs could read differently. Must run before every other hook that reads the request. */
export const refuseMalformed = (app: FastifyInstance, deps: RefusalDeps): void => {
  app.addHook('onRequest', async (request, reply) => {
    const refusal = findMalformed(request.raw)
    if (refusal) return refuseRequest(deps, request, reply, refusal)
  })
}
