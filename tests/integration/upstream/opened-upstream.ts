import type { RequestListener } from 'node:http'
import type { Clock, FhirAuthentication } from '../../../server/config.ts'
import { createUpstream, type OpenUpstream } from '../../../server/sources/transport/create-upstream.ts'
import { listenUpstream } from '../../fakes/upstream-server.ts'

export const statement = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [
    {
      mode: 'server',
      resource: [
        {
          type: 'Observation',
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          searchParam: [{ name: 'patient', type: 'reference' }],
          searchInclude: ['Observation:patient'],
        },
        { type: 'Binary', interaction: [{ code: 'read' }] },
      ],
      searchParam: [{ name: '_id', type: 'token' }],
    },
  ],
}

export const page = (bundle: object = {}) => ({ resourceType: 'Bundle', type: 'searchset', ...bundle })

export const json = (body: unknown) => ({
  headers: { 'content-type': 'application/fhir+json; charset=UTF-8' },
  body: JSON.stringify(body),
})

/** The content of the operator's log. */
type Lines = { readonly sentence: string; readonly details: object }[]

export interface Opened {
  readonly upstream: OpenUpstream
  readonly lines: Lines
}

export const open = async (
  base: string,
  options: { authentication?: FhirAuthentication; clock?: Clock; timeout?: number } = {},
): Promise<Opened> => {
  const { authentication = { kind: 'none' }, clock = Date.now, timeout } = options
  const lines: Lines = []
  const report = (sentence: string, details: object = {}) => void lines.push({ sentence, details })
  const source = { kind: 'fhir', base, authentication } as const
  const upstream = await createUpstream({ source, clock, report, timeout })
  return { upstream, lines }
}

/** A server whose `answer` writes each byte, except of the CapabilityStatement. */
export const startRawServer = (answer: RequestListener) =>
  listenUpstream((request, response) => {
    if (request.url !== '/fhir/metadata') return answer(request, response)
    response.writeHead(200, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(statement))
  })
