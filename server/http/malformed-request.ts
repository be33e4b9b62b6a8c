import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { hasMoreParts } from '../read-at-most.ts'
import { type Refusal, type RefusalDeps, refuseRequest } from './refuse-request.ts'

/**
 * Fields that may be repeated (RFC 9110 section 5.3): lists, which mean the same when joined into one line, and fields that
 * proxies add. Of any other repeated field, Node uses the first value or joins them, while a proxy may use the last.
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

/**
 * The most parameters of an address, and the most cookies: each costs as much as hundreds of characters. A search takes 50, and browsers
 * send fewer cookies.
 */
const MOST_NAMES = 200

const malformed = (sentence: string): Refusal => ({
  status: 400,
  reason: 'bad_request',
  sentence,
  issue: 'invalid',
  words: 'unreadable',
})

const UNMET_EXPECTATION: Refusal = {
  ...malformed('The only supported expectation is 100-continue.'),
  status: 417,
  reason: 'expectation',
}

const ENCODED_BODY: Refusal = {
  ...malformed('Content-Encoding is not supported. Send the body uncompressed.'),
  status: 415,
  reason: 'media_type',
  issue: 'not-supported',
  headers: { 'accept-encoding': 'identity' },
}

/** Returns the refusal of a request whose headers are not acceptable, or `undefined` if they are. */
const findHeaderFault = (request: IncomingMessage): Refusal | undefined => {
  const { rawHeaders, headers, httpVersion, url = '' } = request
  if (hasMoreParts(MOST_NAMES, url, '&') || hasMoreParts(MOST_NAMES, headers.cookie ?? '', ';'))
    return malformed(`An address may have ${MOST_NAMES} parameters, and a request ${MOST_NAMES} cookies.`)
  const names = new Set<string>()
  for (const name of rawHeaders.filter((_, index) => index % 2 === 0).map((each) => each.toLowerCase())) {
    if (names.has(name) && !LISTS.has(name))
      return malformed('A header appears twice that may appear only once.')
    names.add(name)
  }
  if (httpVersion === '1.1' && headers.host === undefined) return malformed('The Host header is missing.')
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    return UNMET_EXPECTATION
  // The size of a compressed body is unknown until it is unpacked.
  const encoding = headers['content-encoding']
  return encoding !== undefined && encoding.toLowerCase() !== 'identity' ? ENCODED_BODY : undefined
}

/** Refuses requests that two programs could read differently. Must run before every other hook that reads the request. */
export const refuseMalformed = (app: FastifyInstance, deps: RefusalDeps): void => {
  app.addHook('onRequest', async (request, reply) => {
    const refusal = findHeaderFault(request.raw)
    if (refusal) return refuseRequest(deps, request, reply, refusal)
  })
}
