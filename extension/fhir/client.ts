import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import { readableName } from '../../values/readable-name.ts'
import { ProblemError } from '../messages/errors.ts'
import { segmentsWithin } from '../net/address.ts'
import { type Asking, abortReasonOf } from '../net/asking.ts'
import { readText, withSecondTry } from '../net/http.ts'
import { parseInPieces } from '../net/long-work.ts'
import { isTypeName } from './reference.ts'
import { type Bundle, isObject, object, objects, type Resource } from './resource.ts'

/** Records every read, so that an access log can be checked against them. */
export interface RequestJournal {
  /** Records every attempt before its answer is known, because one that is never answered may be in the log as well. */
  recordSent(request: { id: string; what: string }): Promise<void>
  /** Adds an answer to its request. Call it without waiting: later looks at the journal wait for it. `responseId` and `date` are its `X-Request-Id` and `Date`, null if it has none. */
  recordAnswer(request: {
    id: string
    responseId: string | null
    date: string | null
    resource?: Resource
  }): Promise<void>
}

/** Authorized access to one record. */
export interface RecordAccess {
  fhirBase: string
  /** The asking that the requests belong to; no retry waits beyond its time. */
  asking?: Asking
  fetch(url: URL, init?: RequestInit): Promise<Response>
  /** Aborts when nobody waits for an answer any more. */
  signal?: AbortSignal
  journal?: RequestJournal
}

/** An array repeats its parameter, which means AND (FHIR R4, search 3.1.1.3). */
export type Parameters = Record<string, string | string[] | undefined>

/** FHIR R4 over HTTP. Every function throws `ProblemError`. */
export interface Client {
  read(type: string, id: string): Promise<Resource>
  search(type: string, parameters: Parameters): Promise<Page>
  /** Loads a page that an earlier page links to. */
  follow(address: string): Promise<Page>
}

export interface Page {
  bundle: Bundle
  address: string
}

interface ClientOptions {
  /** Parses the JSON of a resource, or of one entry of a bundle. */
  parse?: (json: string) => unknown
}

interface Backoff {
  /** Rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  random(): number
}

const mostAttempts = 3
const longestWait = 60_000

const defaultBackoff: Backoff = {
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      if (signal?.aborted) stop()
      else signal?.addEventListener('abort', stop, { once: true })
    }),
  random: Math.random,
}

export const createClient = (
  access: RecordAccess,
  backoff: Backoff = defaultBackoff,
  { parse = parseDecimals }: ClientOptions = {},
): Client => {
  const { journal, asking, signal } = access

  const get = (url: URL): Promise<Resource> => withSecondTry(() => getOnce(url))

  const getOnce = async (url: URL): Promise<Resource> => {
    for (let attempt = 1; ; attempt++) {
      const id = crypto.randomUUID()
      // Before it is sent: a worker that ends in between would not know its own read in the log.
      await journal?.recordSent({ id, what: typeAt(url, access.fhirBase) })
      const response = await access.fetch(url, {
        headers: { accept: 'application/fhir+json', 'x-request-id': id },
      })
      if (response.status !== 429 && response.status !== 503) {
        const [responseId, date] = ['x-request-id', 'date'].map((name) => response.headers.get(name))
        const resource = await readResource(response, (text) => parseInPieces(text, url.host, parse, signal))
        // Not awaited: the row says already that the read is this browser's.
        journal
          ?.recordAnswer({ id, responseId: responseId ?? null, date: date ?? null, resource })
          .catch(() => undefined)
        return resource
      }
      await response.body?.cancel()
      const wait = waitBefore(attempt, response.headers.get('retry-after'), backoff.random())
      if (attempt === mostAttempts || (asking && wait > asking.remaining()))
        throw new ProblemError('too-busy', { host: url.host })
      await backoff.sleep(wait, signal).catch((error: unknown) => {
        throw signal?.aborted ? abortReasonOf(signal) : error
      })
    }
  }

  const getPage = async (url: URL): Promise<Page> => {
    const bundle = await get(url)
    if (bundle.resourceType !== 'Bundle') throw notFhir(bundle.resourceType)
    return { bundle, address: url.href }
  }

  return {
    read: async (type, id) => {
      const resource = await get(requireUrl(`${access.fhirBase}/${type}/${encodeURIComponent(id)}`))
      if (resource.resourceType !== type) throw notFhir(resource.resourceType)
      return resource
    },

    search: (type, parameters) => {
      const url = requireUrl(`${access.fhirBase}/${type}`)
      for (const [name, values] of Object.entries(parameters))
        for (const value of [values ?? []].flat()) url.searchParams.append(name, value)
      return getPage(url)
    },

    follow: async (address) => {
      const url = parseAddress(address, { longest: address.length })
      if (!url) throw new ProblemError('foreign-link')
      return getPage(url)
    },
  }
}

/** Returns the type in `[base]/Observation?…` or `[base]/Observation/1`; empty if an address, such as a page link, names none. */
const typeAt = (url: URL, fhirBase: string): string => {
  const [segment = ''] = segmentsWithin(fhirBase, url) ?? []
  return isTypeName(segment) ? segment : ''
}

/**
 * Returns the milliseconds to wait: `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3), else exponential backoff; at
 * most a minute.
 */
const waitBefore = (attempt: number, retryAfter: string | null, random: number): number => {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter)
  const until = retryAfter === null ? Number.NaN : Date.parse(retryAfter)
  const requestedWait = Number.isNaN(seconds) ? until - Date.now() : seconds * 1000
  const wait = Number.isNaN(requestedWait) ? 500 * 2 ** attempt * (0.5 + random / 2) : requestedWait
  return Math.min(Math.max(wait, 0), longestWait)
}

const readResource = async (
  response: Response,
  parse: (text: string) => Promise<unknown>,
): Promise<Resource> => {
  if (!response.ok) throw await refusalOf(response)
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? ''
  if (type !== 'application/fhir+json' && type !== 'application/json') {
    await response.body?.cancel()
    throw notFhir(type || 'nothing')
  }
  const value = await parse(await readText(response))
  if (!isObject(value) || typeof value.resourceType !== 'string') throw notFhir(type)
  return value as Resource
}

/** `what` is text of the organization, so it is cleaned for display. */
const notFhir = (what: string): ProblemError => new ProblemError('not-fhir', { what: readableName(what) })

const refusalOf = async (response: Response): Promise<ProblemError> => {
  if (response.status === 403)
    return new ProblemError(isTooCostly(await readText(response)) ? 'too-many-people' : 'refused')
  await response.body?.cancel()
  if (response.status === 404 || response.status === 410) return new ProblemError('not-found')
  return new ProblemError(response.status < 500 ? 'bad-request' : 'server-failed')
}

/** Checks for an OperationOutcome whose issue says that the answer would be about too many. */
const isTooCostly = (text: string): boolean => {
  try {
    return objects(object(JSON.parse(text)).issue).some(({ code }) => code === 'too-costly')
  } catch {
    return false
  }
}

/**
 * Keeps a decimal as text (`81.20` is not `81.2`), because precision is part of the value in FHIR. Its digits are quoted before
 * parsing, because a reviver function takes ten times as long.
 */
const parseDecimals = (json: string): unknown => JSON.parse(json.replace(decimal, '$1"$2"'))

/** Never matches inside a string, because the quote after `value` would be escaped there. */
const decimal = /("value"\s*:\s*)(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}])/g
