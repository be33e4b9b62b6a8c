import { expect, test } from 'vitest'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { startGateway } from './gateway.ts'
import { json, page, statement } from './opened-upstream.ts'

const both = [{ code: 'read' }, { code: 'search-type' }]
const patient = [{ name: 'patient', type: 'reference' }]
const offered = (type: string, interaction: object[] = both, searchParam: object[] = patient) => ({
  ...{ type, interaction, searchParam },
})

/** Starts Carekey in front of a server that offers these types, and reads what a whole record is said to lack. */
const startInFrontOf = async (resource: object[]) => {
  const server = await startRecordingServer(({ path }) => {
    if (path === '/fhir/metadata') return json({ ...statement, rest: [{ mode: 'server', resource }] })
    if (path === '/fhir/Patient/pa') return json({ resourceType: 'Patient', id: 'pa' })
    if (path === '/fhir/Observation/_search')
      return json(page({ entry: [{ resource: observation('o1', 'pa') }] }))
    return json(page())
  })
  const gateway = await startGateway(`${server.origin}/fhir`)
  const readAll = async (query = '') => {
    const { status, json: bundle } = await gateway.get(`Patient/pa/$everything${query}`, 'TA')
    const resources = ((bundle.entry ?? []) as Entry[]).map(({ resource: each }) => each)
    return {
      status,
      ids: resources.flatMap(({ id }) => id ?? []),
      notes: resources.flatMap(({ issue }) => issue ?? []),
    }
  }
  const close = async () => {
    await gateway.close()
    await server.close()
  }
  return { readAll, close }
}

interface Entry {
  readonly resource: { readonly id?: string; readonly issue?: object[] }
}

const leftOut = (types: string) => ({
  severity: 'warning',
  code: 'incomplete',
  diagnostics: `Not read here, although the record may hold them: ${types}.`,
})

test('J46 a whole record names the types of a patient that the other server offers and Carekey leaves out', async () => {
  const types = ['Patient', 'Observation', 'ImagingStudy', 'Claim', 'Subscription', 'Location', 'AuditEvent']
  const { readAll, close } = await startInFrontOf([
    ...types.map((type) => offered(type)),
    offered('Appointment', []),
  ])
  expect((await readAll()).notes).toEqual([leftOut('Claim, ImagingStudy')])
  // Whoever asks for certain types knows which.
  expect((await readAll('?_type=Observation')).notes).toEqual([])
  await close()
})

test('J46 a whole record is read without the types that cannot be searched by patient there, and names them', async () => {
  const read = [{ code: 'read' }]
  const { readAll, close } = await startInFrontOf([
    ...[offered('Patient'), offered('Observation'), offered('Claim')],
    ...[offered('Provenance', read), offered('RelatedPerson', read), offered('Group', read)],
    offered('Coverage', both, [{ name: 'identifier', type: 'token' }]),
    ...[offered('Practitioner', read), offered('Goal', [])],
  ])
  expect(await readAll()).toEqual({
    ...{ status: 200, ids: ['o1', 'pa'] },
    notes: [leftOut('Claim, Coverage, Group, Provenance, RelatedPerson')],
  })
  expect(await readAll('?_type=Observation,Coverage')).toEqual({
    ...{ status: 200, ids: ['o1'] },
    notes: [leftOut('Coverage')],
  })
  await close()
})
