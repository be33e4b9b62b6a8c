import { expect, test } from 'vitest'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { startGateway } from './gateway.ts'
import { json, page, statement } from './opened-upstream.ts'

const interaction = [{ code: 'read' }, { code: 'search-type' }]
const searchParam = [{ name: 'patient', type: 'reference' }]
const resource = ['Patient', 'Observation', 'ImagingStudy', 'Claim', 'Subscription', 'Location', 'AuditEvent']
  .map((type) => ({ type, interaction, searchParam }))
  .concat({ type: 'Appointment', interaction: [], searchParam })

test('J46 a whole record names the types of a patient that the other server offers and Carekey leaves out', async () => {
  const server = await startRecordingServer(({ path }) => {
    if (path === '/fhir/metadata') return json({ ...statement, rest: [{ mode: 'server', resource }] })
    if (path === '/fhir/Patient/pa') return json({ resourceType: 'Patient', id: 'pa' })
    return json(page())
  })
  const gateway = await startGateway(`${server.origin}/fhir`)
  const notesOf = async (query: string) => {
    const { json: bundle } = await gateway.get(`Patient/pa/$everything${query}`, 'TA')
    return (bundle.entry ?? [])
      .filter(
        (entry: { resource: { resourceType: string } }) => entry.resource.resourceType === 'OperationOutcome',
      )
      .flatMap((entry: { resource: { issue: object[] } }) => entry.resource.issue)
  }
  expect(await notesOf('')).toEqual([
    {
      severity: 'warning',
      code: 'incomplete',
      diagnostics: 'Not read here, although the record may hold them: Claim, ImagingStudy.',
    },
  ])
  // Whoever asks for certain types knows which.
  expect(await notesOf('?_type=Observation')).toEqual([])
  await gateway.close()
  await server.close()
})
