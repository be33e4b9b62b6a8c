import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startMedplum, type TwistedServer } from '../../fakes/medplum-upstream.ts'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { reference } from '../../fixtures/canary.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import type { UserAgent } from '../../fixtures/user-agent.ts'
import { addGrowthChart, askFor, atEhr, fill, passwordOf } from '../oauth/launching.ts'
import { json, outcome, statement } from './opened-upstream.ts'

const records = [
  { resourceType: 'Patient', id: 'jane-doe', name: [{ family: 'Doe', given: ['Jane'] }] },
  {
    ...{ resourceType: 'Encounter', id: 'visit', status: 'finished', class: { code: 'AMB' } },
    subject: reference('Patient/jane-doe'),
  },
]

let upstream: TwistedServer
let clinic: TestOrganization
let agent: UserAgent
beforeAll(async () => {
  upstream = await startMedplum(records)
  const source = { kind: 'fhir', base: upstream.base, authentication: { kind: 'none' } } as const
  clinic = await startOrganization({ demo: 'riverside', source })
  await addGrowthChart(clinic)
  agent = await atEhr(clinic)
})
afterEach(() => {
  upstream.twist = {}
})
afterAll(async () => {
  await clinic.close()
  await upstream.close()
})

/** Answers no request for these resources. */
const fail = (failing: string) => {
  upstream.twist = {
    answer: (_bundle, type) => {
      if (type === failing) throw new Error('it fails')
    },
  }
}

/** Returns what the entries since the last call say of patients. */
const entries = (() => {
  let last = 0
  return async () => {
    const rows = await clinic.store.db
      .selectFrom('audit_event')
      .select(['seq', 'patient', 'subtype', 'outcome'])
      .where('seq', '>', last)
      .orderBy('seq')
      .execute()
    last = rows.at(-1)?.seq ?? last
    return rows.map(({ patient, subtype, outcome }) => [patient, subtype, outcome])
  }
})()

describe('J16 a page that fails has its entry, about the patient if it has read one', () => {
  test("a patient's page", async () => {
    fail('Encounter')
    await entries()
    expect((await agent.open('/ehr/patient/jane-doe')).status).toBe(503)
    expect(await entries()).toEqual([['jane-doe', 'read', '8']])
    expect((await agent.open('/ehr/patient/nobody')).status).toBe(404)
    expect(await entries()).toEqual([[null, 'read', '4']])
  })

  test('a search for patients', async () => {
    const page = await agent.open('/ehr')
    fail('Patient')
    await entries()
    expect((await agent.submit(page, { family: 'Doe', given: 'Jane' })).status).toBe(503)
    expect(await entries()).toEqual([[null, 'search', '8']])
  })

  test('the choice of a visit, before an application is allowed', async () => {
    const flow = await askFor(clinic, agent, 'launch/patient launch/encounter patient/*.rs')
    await passwordOf(flow, 'lee')
    await fill(flow, { decision: 'search', family: 'Doe' })
    fail('Encounter')
    await entries()
    await fill(flow, { decision: 'pick', patient: 'jane-doe' })
    expect(flow.page.status).toBe(503)
    expect(await entries()).toEqual([
      ['jane-doe', 'read', '0'],
      ['jane-doe', 'read', '8'],
    ])
  })
})

test('the page of a patient who was deleted upstream is refused, and is no fault of the server', async () => {
  const resource = [{ type: 'Patient', interaction: [{ code: 'read' }] }]
  const server = await startRecordingServer(({ path }) =>
    path === '/fhir/metadata' ? json({ ...statement, rest: [{ mode: 'server', resource }] }) : outcome(410),
  )
  const source = { kind: 'fhir', base: `${server.origin}/fhir`, authentication: { kind: 'none' } } as const
  const other = await startOrganization({ demo: 'riverside', source })
  const page = await (await atEhr(other)).open('/ehr/patient/deleted')
  expect([page.status, page.headers.get('retry-after')]).toEqual([410, null])
  const entries = await other.store.db.selectFrom('audit_event').select(['subtype', 'outcome']).execute()
  const read = entries.find(({ subtype }) => subtype === 'read')
  expect(read?.outcome).toBe('4')
  await other.close()
  await server.close()
})
