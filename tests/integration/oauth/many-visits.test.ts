import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putResources } from '../../../server/fhir/index/put-resource.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { addGrowthChart, allowAll, askFor, atEhr, fill, launchFrom, passwordOf, redeem } from './launching.ts'

const VISITS = 300
const DAY = 86_400_000
const TODAY = Date.parse('2026-02-01')

/** The first one is today; they are stored in another order. */
const visits = Array.from({ length: VISITS }, (_, at) => (at * 7) % VISITS).map((age) => ({
  resource: {
    resourceType: 'Encounter' as const,
    id: `visit-${age}`,
    status: 'finished' as const,
    class: { code: 'AMB' },
    subject: { reference: 'Patient/often' },
    type: [{ text: `Check-up ${age}` }],
    period: { start: new Date(TODAY - age * DAY).toISOString().slice(0, 10) },
    participant: [{ individual: { reference: 'Practitioner/morgan-lee' } }],
  },
}))

describe.each(engines)('F25 a patient with 300 visits, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await addGrowthChart(clinic)
    const often = { resourceType: 'Patient' as const, id: 'often', name: [{ text: 'Oona Often' }] }
    await clinic.store.write((trx) => putResources(trx, [{ resource: often }, ...visits], TODAY))
  })
  afterAll(() => clinic.close())

  const list = (html: string) => [...html.matchAll(/Check-up (\d+)/g)].map(([, age]) => Number(age))
  const newest = Array.from({ length: 50 }, (_, age) => age)

  it('sees the newest at the top of the record system’s page, which says that there are more', async () => {
    const { html } = await (await atEhr(clinic)).open('/ehr/patient/often')
    expect(list(html)).toEqual(newest)
    expect(html).toContain('The newest 50 of 300 visits.')
  })

  it('is offered the newest at the top of the list to pick from', async () => {
    const flow = await askFor(clinic, createUserAgent(clinic.url), 'openid launch/encounter patient/*.rs')
    await passwordOf(flow, 'lee')
    await fill(flow, { decision: 'search', name: 'Oona Often' })
    await fill(flow, { decision: 'pick', patient: 'often' })
    expect(list(flow.page.html)).toEqual(newest)
    expect(flow.page.html).toContain('The newest 50 of 300 visits.')
    await fill(flow, { decision: 'pick', encounter: 'visit-0' })
    expect(flow.page.html).toContain('Oona Often · Check-up 0')
  })

  it('can be opened at the oldest visit by its address', async () => {
    const agent = await atEhr(clinic)
    const page = await agent.open('/ehr/patient/often?encounter=visit-299')
    expect(page.html).toContain('the visit “Check-up 299”')
    const launched = await launchFrom(agent, 'patient=often&encounter=visit-299')
    const launch = launched.searchParams.get('launch') ?? ''
    const flow = await askFor(clinic, agent, 'launch openid patient/*.rs', { launch })
    expect(flow.page.html).toContain('Oona Often · Check-up 299')
    await allowAll(flow)
    expect(await redeem(clinic, flow)).toMatchObject({ patient: 'often', encounter: 'visit-299' })
  })

  it("cannot be opened at somebody else's visit", async () => {
    const agent = await atEhr(clinic)
    expect((await agent.open('/ehr/patient/jane-doe?encounter=visit-1')).status).toBe(404)
    expect(
      (await agent.open('/ehr/launch?client_id=growth-chart&patient=jane-doe&encounter=visit-1')).status,
    ).toBe(404)
  })
})
