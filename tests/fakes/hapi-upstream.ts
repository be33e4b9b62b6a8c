import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { Json } from '../../server/query/json-path.ts'
import { SEARCH_PARAMETERS } from '../../server/query/parameters.ts'
import { conditionOf, type Stored, sortStored, toStored } from './hapi-search.ts'
import { hapiStatement, PRIVATE_BASE } from './hapi-statement.ts'
import { listenUpstream, type UpstreamServer } from './upstream-server.ts'

const DEFAULT_COUNT = 20
const UNASKED = 2

/** A sentence of HAPI's, which begins with a number. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A search whose pages HAPI keeps. */
interface Search {
  readonly unasked: readonly Stored[]
  readonly self: string
  readonly found: readonly Stored[]
  readonly count: number
}

interface HapiOptions {
  readonly largestPage?: number
  /** What was there once, as `Type/id`. */
  readonly deleted?: readonly string[]
  /** Whether its `server_address` is the one that Carekey uses; if not, its page links lead to its private one. */
  readonly knowsAddress?: boolean
}

/**
 * A FHIR server in the shape of HAPI's, as careless as one can be set up. It names its private address,
 * adds resources of others and remarks that nobody asked for, prints prettily, reads days in its own zone, and compresses if it is
 * not told not to. It refuses what it does not offer.
 */
export const startHapi = async (
  records: readonly object[],
  { largestPage = 200, deleted = [], knowsAddress = true }: HapiOptions = {},
): Promise<UpstreamServer> => {
  /** By type and id. */
  const stored = new Map<string, Map<string, Stored>>()
  const searches = new Map<string, Search>()
  const log: string[] = []
  /** The last few of each type, which it adds to answers that they do not belong to. */
  let newest: readonly Stored[] = []
  let version = 0
  let base = ''
  const put = async (resources: readonly object[]) => {
    version++
    for (const resource of resources as (Json & { id: string; resourceType: string })[]) {
      const { resourceType, id, meta, ...rest } = resource
      const { lastUpdated = new Date().toISOString(), ...others } = { ...(meta as { lastUpdated?: string }) }
      const own = {
        versionId: String(version),
        lastUpdated: lastUpdated.replace('Z', '+00:00'),
        source: `#${randomUUID().slice(0, 16)}`,
        ...others,
      }
      const whole = { resourceType, id, meta: own, ...rest }
      const ofType = stored.get(resourceType) ?? new Map<string, Stored>()
      stored.set(resourceType, ofType.set(id, toStored(whole, Date.parse(lastUpdated))))
    }
    newest = [...stored.values()].flatMap((rows) => [...rows.values()].slice(-UNASKED))
  }
  await put(records)

  const read = (type: string, id: string): Json => {
    const path = `${type}/${id}`
    if (deleted.includes(path))
      throw new Refusal(410, `HAPI-2000: Resource was deleted at ${new Date().toISOString()}`)
    const found = stored.get(type)?.get(id)
    if (!found) throw new Refusal(404, `HAPI-2001: Resource ${path} is not known`)
    return found.resource
  }

  const search = (type: string, parameters: URLSearchParams): object => {
    const offered = Object.keys(SEARCH_PARAMETERS[type] ?? {})
    const conditions = [...parameters].filter(([name]) => !['_count', '_sort'].includes(name))
    for (const [name] of conditions)
      if (!offered.includes(name))
        throw new Refusal(
          400,
          `HAPI-0524: Unknown search parameter "${name}" for resource type "${type}". Valid search parameters for this search are: [${offered.join(', ')}]`,
        )
    const used = conditions
      .filter(([, value]) => value !== '')
      .map(([name, value]) => conditionOf(type, name, value))
    const isFound = (each: Stored) => each.type === type && used.every((condition) => condition(each))
    const all = [...(stored.get(type)?.values() ?? [])].filter(isFound)
    const unasked = newest.filter((each) => [type, 'Patient'].includes(each.type) && !isFound(each))
    const order = parameters.get('_sort')
    const count = Math.min(Number(parameters.get('_count') ?? DEFAULT_COUNT), largestPage)
    const id = randomUUID()
    searches.set(id, {
      unasked,
      self: `${PRIVATE_BASE}/${type}?${parameters}`,
      found: order === null ? all : sortStored(all, order),
      count,
    })
    return page(id, 0)
  }

  const page = (id: string, offset: number): object => {
    const kept = searches.get(id)
    if (!kept) throw new Refusal(410, `HAPI-1163: Search ID "${id}" does not exist and may have expired`)
    const { unasked, found, self, count } = kept
    const rows = found.slice(offset, offset + count)
    const isLast = offset + count >= found.length
    const link = (relation: string, at: number) => ({
      relation,
      url: `${knowsAddress ? base : PRIVATE_BASE}?_getpages=${id}&_getpagesoffset=${at}&_count=${count}&_pretty=true&_bundletype=searchset`,
    })
    const entryOf = (mode: string) => (each: Stored) => ({
      fullUrl: `${PRIVATE_BASE}/${each.type}/${each.id}`,
      resource: each.resource,
      search: { mode },
    })
    return {
      resourceType: 'Bundle',
      id: randomUUID(),
      meta: { lastUpdated: new Date().toISOString() },
      type: 'searchset',
      // Known only when the search is finished.
      ...(isLast && { total: found.length }),
      link: [
        { relation: 'self', url: self },
        ...(isLast ? [] : [link('next', offset + count)]),
        ...(offset > 0 ? [link('previous', Math.max(0, offset - count))] : []),
      ],
      entry: [
        ...rows.map(entryOf('match')),
        ...unasked.map(entryOf('include')),
        {
          resource: outcome('information', 'HAPI-0000: This page was read from a cache'),
          search: { mode: 'outcome' },
        },
      ],
    }
  }

  const answer = async (request: IncomingMessage): Promise<object> => {
    const { pathname, search: query, searchParams } = new URL(request.url ?? '', 'http://upstream')
    const form = await text(request)
    const path = pathname.slice('/fhir'.length)
    log.push(`${request.method} ${path}${query}${form && ` ${form}`}`)
    const [, type = '', id] = path.split('/')
    const pages = searchParams.get('_getpages')
    if (pages !== null && path === '') return page(pages, Number(searchParams.get('_getpagesoffset')))
    if (path === '/metadata') return hapiStatement
    if (!Object.hasOwn(SEARCH_PARAMETERS, type))
      throw new Refusal(
        404,
        `HAPI-0302: Unknown resource type '${type}' - Server knows how to handle: [Patient]`,
      )
    if (request.method === 'POST' && id === '_search') return search(type, new URLSearchParams(form))
    if (request.method !== 'GET') throw new Refusal(400, 'HAPI-0446: This server is not for writing')
    return id === undefined ? search(type, searchParams) : read(type, id)
  }

  const listening = await listenUpstream(async (request, response) => {
    const isPlain = request.headers['accept-encoding'] === 'identity'
    const send = (status: number, body: object) => {
      const { meta } = body as { meta?: { versionId?: string } }
      const printed = JSON.stringify(body, undefined, 2)
      response
        .writeHead(status, {
          'content-type': 'application/fhir+json;charset=UTF-8',
          'x-powered-by': 'HAPI FHIR 8.4.0 REST Server (FHIR Server; FHIR 4.0.1/R4)',
          'x-request-id': randomUUID(),
          ...(meta?.versionId && { etag: `W/"${meta.versionId}"` }),
          ...(!isPlain && { 'content-encoding': 'gzip' }),
        })
        .end(isPlain ? printed : gzipSync(printed))
    }
    try {
      send(200, await answer(request))
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500
      send(status, outcome('error', (error as Error).message))
    }
  })
  base = listening.base
  return { ...listening, requests: () => log.splice(0), put }
}

/** HAPI repeats its sentence as a narrative. */
const outcome = (severity: 'error' | 'information', diagnostics: string) => ({
  resourceType: 'OperationOutcome',
  text: {
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml"><pre>${diagnostics}</pre></div>`,
  },
  issue: [{ severity, code: severity === 'error' ? 'processing' : 'informational', diagnostics }],
})
