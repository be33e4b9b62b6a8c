import { type LookupAddress, lookup } from 'node:dns'
import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { isLoopback, rangeOf, rangeOfHost } from '../../../values/address-range.ts'
import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import { readAtMost } from '../../read-at-most.ts'

/** Largest document, in bytes, and longest fetch, in milliseconds (A32). */
const LARGEST = 64 * 1024
const TIMEOUT = 2_500

/** A refused address or an unusable answer. The message never quotes the answer. */
class OutboundFetchError extends Error {
  readonly code = 'outbound-fetch'
}

/** Checks whether the server may connect to this IP address. */
export const isReachable = (address: string, allowLoopback: boolean): boolean => {
  const range = rangeOf(address)
  return range === 'public' || (range === 'loopback' && allowLoopback)
}

/**
 * Checks an address before the server connects to it, and returns what is wrong, or `undefined`. A name may still resolve
 * to a private network, so the connection is checked again.
 */
export const faultOfAddress = (text: unknown, allowLoopback: boolean): string | undefined => {
  const url = typeof text === 'string' ? parseAddress(text) : null
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '')
    return 'it is not a plain https address'
  const isHere = isLoopback(url)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere && allowLoopback))
    return 'it is not a plain https address'
  const isPrivate = isHere ? !allowLoopback : rangeOfHost(url) === 'private'
  return isPrivate ? 'it lies in a private network' : undefined
}

/** Resolves a name for the connection itself, so that no second look-up can differ; refuses it if any address is private. */
const guardedLookup =
  (allowLoopback: boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, result) => {
      const addresses: LookupAddress[] = result ?? []
      const hasPrivate = addresses.some(({ address }) => !isReachable(address, allowLoopback))
      const [first] = addresses
      if (error || hasPrivate || !first) {
        return callback(error ?? new OutboundFetchError('The name resolves to a private network.'), [])
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }

/** Fetches one document: no redirect, no credentials, no more than 64 kB and 2.5 s. */
type OutboundFetch = (url: string) => Promise<Response>

/**
 * Makes the only function that fetches from an address which somebody else chose (A31, A32).
 *
 * @throws OutboundFetchError (the returned function) when the address is refused or gives no usable answer.
 */
export const createOutboundFetch =
  ({ allowLoopback }: { allowLoopback: boolean }): OutboundFetch =>
  async (text) => {
    const fault = faultOfAddress(text, allowLoopback)
    if (fault) throw new OutboundFetchError(`The address cannot be fetched: ${fault}.`)
    const url = requireUrl(text)
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    const signal = AbortSignal.timeout(TIMEOUT)
    const options = { agent: false, lookup: guardedLookup(allowLoopback), signal, headers: { accept: '*/*' } }
    try {
      // What breaks off an answer is an error of the request as well, and nobody else listens for that.
      const outgoing = request(url, options).on('error', () => {})
      // After a 101, Node calls neither `response` nor `error`.
      outgoing.on('upgrade', (_answer, socket) => socket.destroy())
      const [answer]: IncomingMessage[] = await once(outgoing.end(), 'response', { signal })
      const bytes = answer && (await readAtMost(answer, LARGEST))
      if (!bytes) throw new OutboundFetchError('The answer is larger than 64 kB.')
      const { statusCode: status = 0, headers } = answer
      if (status !== 200) throw new OutboundFetchError(`The address answered ${status}.`)
      const type = headers['content-type'] ?? 'application/octet-stream'
      return new Response(bytes, { status, headers: { 'content-type': type } })
    } catch (cause) {
      if (cause instanceof OutboundFetchError) throw cause
      throw new OutboundFetchError('The address gave no usable answer.', { cause })
    }
  }

/** How long a failure is cached, in milliseconds, so that not every unknown `kid` causes a fetch (A33). */
const FAILURE_LIFETIME = 60_000
const MOST_FAILURES = 1_000

/**
 * Caches failures when the engine fetches key sets, so that nobody can make this server fetch again and again. The engine
 * itself caches a key set for one minute, because `OutboundFetch` drops the other server's caching headers.
 */
export const cacheFailures = (fetch: OutboundFetch, now = () => performance.now()): OutboundFetch => {
  const failures = new Map<string, { until: number; error: unknown }>()
  return async (url) => {
    const failure = failures.get(url)
    if (failure && failure.until > now()) throw failure.error
    try {
      const answer = await fetch(url)
      failures.delete(url)
      return answer
    } catch (error) {
      const [oldest] = failures.keys()
      if (failures.size >= MOST_FAILURES && oldest !== undefined) failures.delete(oldest)
      failures.set(url, { until: now() + FAILURE_LIFETIME, error })
      throw error
    }
  }
}
