import { expect, test } from 'vitest'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { startGateway } from './gateway.ts'
import { json, statement } from './opened-upstream.ts'

const TARGETS = Array.from({ length: 150 }, (_, at) => `p${at}`)
const provenance = {
  resourceType: 'Provenance',
  id: 'all',
  target: TARGETS.map((id) => ({ reference: `Observation/${id}` })),
}
const interaction = [{ code: 'read' }]
const resource = ['Patient', 'Provenance', 'Observation'].map((type) => ({ type, interaction }))

test('J38 a read that is about 150 patients is logged for each, although they can be read one by one only', async () => {
  const server = await startRecordingServer(({ path }) => {
    if (path === '/fhir/metadata') return json({ ...statement, rest: [{ mode: 'server', resource }] })
    const id = path.split('/').at(-1) ?? ''
    return json(id === 'all' ? provenance : observation(id, id))
  })
  const gateway = await startGateway(`${server.origin}/fhir`)
  expect((await gateway.get('Provenance/all', 'TC')).status).toBe(200)
  const patients = (await gateway.entries()).map(({ patient }) => patient)
  expect(new Set(patients)).toEqual(new Set(TARGETS))
  await gateway.close()
  await server.close()
})
