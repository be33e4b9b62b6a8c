import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { addGrowthChart, allowAll, askFor, type Flow, fill, passwordOf, redeem } from './launching.ts'

describe.each(engines)('a standalone launch, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await addGrowthChart(clinic)
  })
  afterAll(() => clinic.close())

  const begin = async (username: string, scope: string): Promise<Flow> => {
    const flow = await askFor(clinic, createUserAgent(clinic.url), scope)
    await passwordOf(flow, username)
    return flow
  }
  const pick = async (flow: Flow, patient: string) => {
    await fill(flow, { decision: 'search', name: 'Jane Doe', birthdate: '1980-01-15' })
    await fill(flow, { decision: 'pick', patient })
  }
  const step = ({ page }: Flow) => page.url.pathname.split('/').at(3) ?? page.url.pathname.split('/').at(1)
  const status = async (token: string, path: string) =>
    (await fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })).status

  it('lets a clinician pick the patient', async () => {
    const flow = await begin('lee', 'openid fhirUser launch/patient patient/*.rs')
    expect(step(flow)).toBe('patient')
    expect(flow.page.html).not.toContain('Continue without a patient')
    await pick(flow, 'jane-doe')
    expect(flow.page.html).toContain('The record of Jane Doe')
    await allowAll(flow)
    const answer = await redeem(clinic, flow)
    expect(answer).toMatchObject({
      patient: 'jane-doe',
      need_patient_banner: true,
      scope: 'openid fhirUser launch/patient patient/*.rs',
    })
    expect(await status(answer.access_token, 'Patient/jane-doe')).toBe(200)
    expect(await status(answer.access_token, 'Patient/john-doe')).toBe(404)
  })

  it('logs which patients the clinician was shown', async () => {
    const flow = await begin('lee', 'launch/patient patient/*.rs')
    await fill(flow, { decision: 'search', name: 'Jane Doe', birthdate: '1980-01-15' })
    const entry = await clinic.store.db
      .selectFrom('audit_event')
      .selectAll()
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(entry).toMatchObject({
      subtype: 'search',
      patient: 'jane-doe',
      client_id: 'growth-chart',
      outcome: '0',
    })
  })

  it('gives a clinician no patient scope without a patient (S11)', async () => {
    const flow = await begin('lee', 'openid patient/*.rs')
    expect(step(flow)).toBe('patient')
    await fill(flow, { decision: 'skip' })
    expect(step(flow)).toBe('patient')
    await pick(flow, 'nobody')
    expect(step(flow)).toBe('patient')
    // Going straight to the next step does not work either.
    const uid = flow.page.url.pathname.split('/')[2]
    const consent = await flow.agent.open(`/consent/${uid}`)
    expect(consent.url.pathname).toBe(`/consent/${uid}/patient`)
    await fill(flow, { decision: 'deny' })
    expect(flow.page.url.searchParams.get('error')).toBe('access_denied')
  })

  it('continues without a patient if user/ scopes make that possible', async () => {
    const flow = await begin('lee', 'openid launch/patient user/*.rs')
    expect(step(flow)).toBe('patient')
    await fill(flow, { decision: 'skip' })
    await allowAll(flow)
    const answer = await redeem(clinic, flow)
    expect(answer.scope).toBe('openid user/*.rs')
    expect(answer.patient).toBeUndefined()
  })

  it('says which patient is open if there are user/ scopes too', async () => {
    const flow = await begin('lee', 'openid launch/patient user/*.rs')
    await pick(flow, 'jane-doe')
    await allowAll(flow)
    const answer = await redeem(clinic, flow)
    expect(answer).toMatchObject({ patient: 'jane-doe', scope: 'openid launch/patient user/*.rs' })
    expect(await status(answer.access_token, 'Patient/john-doe')).toBe(200)
  })

  it('does not ask when patient/ and user/ scopes are requested together', async () => {
    const flow = await begin('lee', 'openid launch/patient patient/*.rs user/*.rs')
    expect(step(flow)).toBe('consent')
    await allowAll(flow)
    expect((await redeem(clinic, flow)).scope).toBe('openid user/*.rs')
  })

  it('lets a clinician pick a visit as well', async () => {
    const flow = await begin('lee', 'launch/patient launch/encounter patient/*.rs')
    await pick(flow, 'jane-doe')
    expect(step(flow)).toBe('encounter')
    await fill(flow, { decision: 'pick', encounter: 'jane-doe-visit-01' })
    await allowAll(flow)
    expect(await redeem(clinic, flow)).toMatchObject({
      patient: 'jane-doe',
      encounter: 'jane-doe-visit-01',
      scope: 'launch/patient launch/encounter patient/*.rs',
    })
  })

  it('lets a patient pick one of their own visits, or none', async () => {
    const own = await begin('john', 'launch/patient launch/encounter patient/*.rs')
    expect(step(own)).toBe('encounter')
    own.page = await own.agent.submit(own.page, { decision: 'pick', encounter: 'john-doe-visit-01' })
    await allowAll(own)
    expect(await redeem(clinic, own)).toMatchObject({ patient: 'john-doe', encounter: 'john-doe-visit-01' })

    const none = await begin('john', 'launch/encounter patient/*.rs')
    await fill(none, { decision: 'skip' })
    await allowAll(none)
    const answer = await redeem(clinic, none)
    expect(answer.encounter).toBeUndefined()
    expect(answer.scope).toBe('patient/*.rs')
  })

  it('never shows a patient another patient’s visits', async () => {
    const flow = await begin('john', 'launch/encounter patient/*.rs')
    await fill(flow, { decision: 'pick', encounter: 'jane-doe-visit-01' })
    expect(step(flow)).toBe('encounter')
    expect(flow.page.html).not.toContain('jane-doe')
  })

  it('answers scopes in the syntax of the request (S19, S22)', async () => {
    const request =
      'patient/Patient.read patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory patient/Condition.dus'
    const flow = await begin('john', request)
    expect(flow.page.html).toContain('Laboratory results')
    await allowAll(flow)
    const answer = await redeem(clinic, flow)
    expect(answer.scope).toBe(request.replace(' patient/Condition.dus', ''))
    expect(answer.patient).toBe('john-doe')
    const headers = { authorization: `Bearer ${answer.access_token}` }
    const result = await fetch(`${clinic.url}/fhir/Observation?_count=200`, { headers })
    const { entry, total } = (await result.json()) as {
      total: number
      entry: { resource: { category: { coding: { code: string }[] }[] } }[]
    }
    expect(total).toBeGreaterThan(0)
    for (const { resource } of entry) expect(JSON.stringify(resource.category)).toContain('laboratory')
    expect(await status(answer.access_token, 'Condition')).toBe(403)
  })
})
