import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../../integration/upstream/gateway.ts'

const MB = 1_000_000
/** Of FHIR, in rows of 48 kB. */
const PAGE = 9 * MB

/** Their pages are large. */
const TYPES = ['Condition', 'Encounter', 'Goal', 'Observation', 'Procedure']
/** Comes before them and takes its time, while they have been read ahead. */
const SLOW = 'AllergyIntolerance'

const statement = {
  ...{ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' },
  rest: [
    {
      mode: 'server',
      resource: ['Patient', SLOW, ...TYPES].map((type) => ({
        type,
        interaction: [{ code: 'read' }, { code: 'search-type' }],
        searchParam: [{ name: 'patient' }, { name: '_id' }],
      })),
    },
  ],
}
const bundle = (rows: readonly object[]) =>
  Buffer.from(
    JSON.stringify({
      ...{ resourceType: 'Bundle', type: 'searchset' },
      entry: rows.map((resource) => ({ resource, search: { mode: 'match' } })),
    }),
  )
const largePage = (resourceType: string) =>
  bundle(
    Array.from({ length: PAGE / 48_000 }, (_, at) => ({
      ...{ resourceType, id: `${resourceType}${at}`, code: { text: 'x'.repeat(48_000) } },
      subject: { reference: 'Patient/pa' },
    })),
  )

let upstream: Server
let gateway: Gateway
beforeAll(async () => {
  const pages = new Map(TYPES.map((type) => [type, largePage(type)]))
  const empty = bundle([])
  upstream = createServer(async (request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname
    response.setHeader('content-type', 'application/fhir+json')
    if (path.endsWith('/metadata')) return response.end(JSON.stringify(statement))
    if (path.endsWith('/Patient/pa')) return response.end('{"resourceType":"Patient","id":"pa"}')
    if (path.includes(SLOW)) await sleep(2_500)
    return response.end(pages.get(TYPES.find((type) => path.includes(type)) ?? '') ?? empty)
  })
  await new Promise<void>((resolve) => {
    upstream.listen(0, resolve)
  })
  gateway = await startGateway(`http://localhost:${(upstream.address() as AddressInfo).port}/fhir`)
})
afterAll(async () => {
  await gateway.close()
  upstream.closeAllConnections()
  upstream.close()
})

test('thirty whole records with pages of 9 MB, asked for at once, take little memory, and the one after them is answered', async () => {
  const before = process.memoryUsage()
  let most = 0
  const timer = setInterval(() => {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    most = Math.max(most, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers)
  }, 10)
  const path = 'Patient/pa/$everything?_count=100'
  const answers = await Promise.all(Array.from({ length: 30 }, () => gateway.get(path, 'TA')))
  clearInterval(timer)
  for (const { status } of answers) expect([200, 503, 504]).toContain(status)
  expect(most / MB).toBeLessThan(280)
  expect((await gateway.get(path, 'TA')).status).toBe(200)
}, 60_000)
