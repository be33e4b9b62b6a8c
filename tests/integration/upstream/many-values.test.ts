import { afterEach, expect, test, vi } from 'vitest'
import { sortName } from '../../../server/fhir/index/put-resource.ts'
import { MOST_COMPARED, valuesOfParameter } from '../../../server/query/indexed-values.ts'
import type { LentUpstream } from '../../../server/sources/upstream/shared-upstream.ts'
import { budgetOf, walk } from '../../../server/sources/upstream/walk.ts'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { countTurns } from '../../fixtures/count-turns.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { json, page } from './opened-upstream.ts'

let server: RecordingServer | undefined
let gateway: Gateway | undefined
afterEach(async () => {
  vi.restoreAllMocks()
  await gateway?.close()
  await server?.close()
})

const LONG = 'ǖ'.repeat(250)
const patient = (id: string, names: number, identifiers = names) => ({
  resourceType: 'Patient',
  id,
  name: Array.from({ length: names }, (_, at) => ({ family: `Cruz ${at} ${LONG}` })),
  identifier: Array.from({ length: identifiers }, (_, at) => ({ value: `v${at}` })),
})

const statement = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [
    {
      mode: 'server',
      resource: [
        {
          type: 'Patient',
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          searchParam: [{ name: 'name' }, { name: 'identifier' }],
        },
      ],
    },
  ],
}

test('a resource with more names than are compared is folded up to the limit, and matches no search by name', async () => {
  const normalize = vi.spyOn(String.prototype, 'normalize')
  const large = patient('large', 200, 21_000)
  const { isCut, strings } = valuesOfParameter('Patient', large, 'name')
  expect(isCut).toBe(true)
  expect(strings.length * 250).toBeLessThanOrEqual(MOST_COMPARED)
  expect(normalize.mock.calls.length).toBe(strings.length)
  expect(valuesOfParameter('Patient', large, 'identifier').isCut).toBe(true)

  const rows = [large, patient('usual', 3)]
  server = await startRecordingServer(({ path }) =>
    path === '/fhir/metadata'
      ? json(statement)
      : json(page(path.startsWith('/fhir/Patient') ? { entry: rows.map((resource) => ({ resource })) } : {})),
  )
  gateway = await startGateway(`${server.origin}/fhir`)
  for (const search of ['name=cruz', 'name:missing=true', 'name:missing=false', 'identifier=v20999']) {
    const { status, json: answer } = await gateway.get(`Patient?${search}`, 'TC')
    expect(status, search).toBe(200)
    const ids = (answer.entry ?? []).map((each: { resource: { id: string } }) => each.resource.id)
    expect(ids, search).not.toContain('large')
  }
  const found = (await gateway.get('Patient?name=cruz', 'TC')).json.entry
  expect(found.map((each: { resource: { id: string } }) => each.resource.id)).toEqual(['usual'])
  expect(gateway.reports).toContainEqual(expect.stringMatching(/matches neither.*"id":"large"/))
})

test('a patient is sorted by the beginning of a name, of which no more is folded', () => {
  const normalize = vi.spyOn(String.prototype, 'normalize')
  const given = Array.from({ length: 1_000 }, (_, at) => `Ana ${at}`)
  expect(sortName('Patient', { name: [{ family: 'Cruz', given }] })).toMatch(/^cruz ana 0 ana 1 /)
  expect(normalize.mock.contexts.map(String)).toEqual([expect.stringMatching(/^.{300}$/)])
})

test('references are never cut, because they say whom a resource concerns', () => {
  const subject = Array.from({ length: MOST_COMPARED + 5 }, (_, at) => ({ reference: `Patient/${at}` }))
  const { isCut, references } = valuesOfParameter(
    'Observation',
    { resourceType: 'Observation', subject },
    'subject',
  )
  expect({ isCut, length: references.length }).toEqual({ isCut: false, length: MOST_COMPARED + 5 })
})

test('others have turns while the rows of a page are compared', async () => {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const resources = Array.from({ length: 20 }, (_, at) => {
    const resource = patient(`p${at}`, 1)
    return { type: 'Patient', id: resource.id, lastUpdated: 0, resource, json: '{}' }
  })
  const { turn, stop } = countTurns()
  const rows = walk({
    upstream: { search: async () => ({ resources }), letGo: () => {} } as unknown as LentUpstream,
    streams: [{ type: 'Patient', label: 'Patient', parameters: [] }],
    ...{ count: 20, budget: budgetOf(1), report: () => {} },
    accepts: () => {
      // Each row takes 6 ms.
      now += 6
      return false
    },
  })
  expect(await rows.next()).toBeUndefined()
  stop()
  expect(turn()).toBeGreaterThanOrEqual(resources.length)
})
