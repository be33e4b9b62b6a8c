import { afterEach, expect, test } from 'vitest'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { json, page, statement } from './opened-upstream.ts'

let server: RecordingServer
let gateway: Gateway
afterEach(async () => {
  await gateway.close()
  await server.close()
})

test.each([
  ['another host', 'http://other.example/fhir/Patient/pb'],
  ['another port', 'http://127.0.0.1:1/fhir/Patient/pb'],
  ['another scheme', 'https://127.0.0.1/fhir/Patient/pb'],
  ['another path', '/r5/Patient/pb'],
  ['a name in no address', 'urn:uuid:6a5b7d5e-8a4c-4d7c-9f6e-000000000001'],
])(
  'J31 nobody reads a resource that names its patient by %s, and the operator is told',
  async (_what, reference) => {
    server = await startRecordingServer(({ path, form, query }) => {
      if (path === '/fhir/metadata') return json(statement)
      const subject = { reference: reference.startsWith('/') ? `${server.origin}${reference}` : reference }
      const stray = { ...observation('stray', 'pb'), subject }
      if (path === '/fhir/Observation/stray') return json(stray)
      const isSearch = path.startsWith('/fhir/Observation') && !form.has('_id') && !query.has('_id')
      return json(
        page(isSearch ? { entry: [{ resource: stray }, { resource: observation('own', 'pa') }] } : {}),
      )
    })
    gateway = await startGateway(`${server.origin}/fhir`)
    expect((await gateway.get('Observation/stray', 'TC')).status).toBe(404)
    const found = await gateway.get('Observation', 'TC')
    expect(found.json.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(['own'])
    expect(gateway.reports.filter((line) => line.includes('nobody reads it'))).toEqual([
      expect.stringContaining('"id":"stray"'),
    ])
  },
)
