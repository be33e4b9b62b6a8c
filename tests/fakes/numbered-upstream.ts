import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { observation } from '../fixtures/canary.ts'

const interaction = [{ code: 'read' }, { code: 'search-type' }]
const statement = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [
    {
      mode: 'server',
      resource: [
        { type: 'Patient', interaction },
        { type: 'Observation', interaction, searchParam: [{ name: 'patient', type: 'reference' }] },
      ],
    },
  ],
}

const page = (bundle: object = {}) => ({ resourceType: 'Bundle', type: 'searchset', ...bundle })

/**
 * A FHIR server with so many Observations of one patient, `o0`, `o1` and so on, each written when it is asked for.
 *
 * @param lengthOf how long the note of each is.
 */
export const startNumbered = async (
  rows: number,
  lengthOf: (at: number) => number = () => 500,
): Promise<{ base: string; close(): void }> => {
  let base = ''
  const answer = (path: string, parameters: URLSearchParams): object => {
    if (path === '/fhir/metadata') return statement
    if (path === '/fhir/Patient/pa') return { resourceType: 'Patient', id: 'pa' }
    if (path.startsWith('/fhir/Patient')) return page()
    const [from, count] = ['from', '_count'].map((name) => Number(parameters.get(name)))
    const [first = 0, size = 0] = [from, count]
    const entry = Array.from({ length: Math.min(size, rows - first) }, (_, at) => ({
      resource: observation(`o${first + at}`, 'pa', { note: [{ text: 'x'.repeat(lengthOf(first + at)) }] }),
    }))
    const next = `${base}/Observation?from=${first + size}&_count=${size}`
    return page({ entry, ...(first + size < rows && { link: [{ relation: 'next', url: next }] }) })
  }
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://upstream')
    for (const [name, value] of new URLSearchParams(await text(request))) url.searchParams.set(name, value)
    response
      .writeHead(200, { 'content-type': 'application/fhir+json' })
      .end(JSON.stringify(answer(url.pathname, url.searchParams)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`
  return {
    base,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
