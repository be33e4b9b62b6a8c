import { expect, test } from 'vitest'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { observation, reference } from '../../fixtures/canary.ts'
import { startGateway } from './gateway.ts'
import { json, page } from './opened-upstream.ts'

const IDS = Array.from({ length: 100 }, (_, at) => `p${at}`)
const practitioner = (id: string) => ({
  resourceType: 'Practitioner',
  id,
  photo: [{ data: 'A'.repeat(500_000) }],
})
const own = observation('o1', 'pa', { performer: IDS.map((id) => reference(`Practitioner/${id}`)) })

const interaction = [{ code: 'read' }, { code: 'search-type' }]
const statementWith = (names: readonly string[]) => ({
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [
    {
      mode: 'server',
      searchParam: names.map((name) => ({ name })),
      resource: [
        { type: 'Patient', interaction },
        { type: 'Practitioner', interaction },
        { type: 'Observation', interaction, searchParam: [{ name: 'patient' }] },
      ],
    },
  ],
})

/** A server that gives one Practitioner on each page. */
const startServer = (names: readonly string[]) =>
  startRecordingServer(({ path, form, query }) => {
    const parameters = new URLSearchParams([...form, ...query])
    const ids = parameters.get('_id')?.split(',') ?? []
    if (path === '/fhir/metadata') return json(statementWith(names))
    if (path.startsWith('/fhir/Practitioner/p')) return json(practitioner(path.slice(19)))
    if (path.startsWith('/fhir/Practitioner')) {
      const [id = '', ...others] = ids
      const link = [{ relation: 'next', url: `Practitioner?_id=${others}` }]
      return json(page({ entry: [{ resource: practitioner(id) }], ...(others.length > 0 && { link }) }))
    }
    if (path === '/fhir/Patient/pa') return json({ resourceType: 'Patient', id: 'pa' })
    if (path.startsWith('/fhir/Observation')) return json(page({ entry: [{ resource: own }] }))
    return json(page(ids.length > 0 ? {} : { entry: [{ resource: { resourceType: 'Patient', id: 'pa' } }] }))
  })

test.each([
  ['by a search', 'Observation?_include=Observation:performer', ['_id']],
  ['one by one', 'Observation?_include=Observation:performer', []],
  ['for a whole record, by a search', 'Patient/pa/$everything', ['_id']],
  ['for a whole record, one by one', 'Patient/pa/$everything', []],
])('no more resources are read than a page has room for, %s', async (_how, path, names) => {
  const server = await startServer(names)
  const gateway = await startGateway(`${server.origin}/fhir`)
  const { status, text, json: answer } = await gateway.get(path, 'TA')
  expect(status).toBe(200)
  expect(text.length).toBeLessThan(5_000_000)
  expect(answer.entry.at(-1).resource.issue[0].diagnostics).toContain('left out')
  const read = server.requests.filter((request) => request.path.startsWith('/fhir/Practitioner'))
  // Nine do not fit. Four are asked for at the same time.
  expect(read.length).toBeLessThan(9 + 4)
  await gateway.close()
  await server.close()
})
