import type { RequestListener } from 'node:http'
import type { Clock, FhirAuthentication } from '../../../server/config.ts'
import { createUpstream, type OpenUpstream } from '../../../server/sources/transport/create-upstream.ts'
import type { Reply } from '../../fakes/recording-server.ts'
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
        { type: 'Patient', interaction: [{ code: 'read' }, { code: 'search-type' }] },
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

/** What a FHIR server says with a status other than 200. */
export const outcome = (status: number) => ({
  ...json({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing' }] }),
  status,
})

/** Answers of a server, or of a proxy in front of it, that gives nobody anything. */
export const USELESS: readonly (readonly [string, Reply])[] = [
  ['a redirect to a login', { status: 302, headers: { location: 'https://login.example/' } }],
  ['a page for people', { headers: { 'content-type': 'text/html' }, body: '<h1>Maintenance</h1>' }],
  [
    'a page for people about 404',
    { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>404</h1>' },
  ],
  ['404 that is no FHIR', { ...json({ message: 'no Route matched' }), status: 404 }],
  ['404 with nothing', { status: 404 }],
  ['410 that is no FHIR', { ...json({}), status: 410 }],
  ['200 that is no FHIR', json({ status: 'down' })],
  ...[400, 409, 422, 501].map((status) => [String(status), outcome(status)] as const),
]

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
