import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { addGrowthChart, allowAll, askFor, atEhr, growth, launchFrom, redeem } from './launching.ts'

/**
 * The request that the validator of docs/trials/nav-validator.md has built in: SMART v1, with a scope that SMART does not define.
 */
const SCOPE = 'openid profile launch fhirUser patient/*.* user/*.* offline_access'

let clinic: TestOrganization
beforeAll(async () => {
  clinic = await startOrganization({ demo: 'riverside' })
  await addGrowthChart(clinic)
  await clinic.store.write((trx) =>
    putResource(
      trx,
      {
        resourceType: 'Condition',
        id: 'of-visit',
        subject: { reference: 'Patient/jane-doe' },
        encounter: { reference: 'Encounter/jane-doe-visit-02' },
        code: { coding: [{ system: 'urn:oid:2.16.578.1.12.4.1.1.7170', code: 'L84' }] },
      },
      Date.now(),
    ),
  )
})
afterAll(() => clinic.close())

it("a launch with a validator's scopes gets what the validator checks, and reads each of its resources", async () => {
  const agent = await atEhr(clinic)
  const launched = await launchFrom(agent, 'patient=jane-doe&encounter=jane-doe-visit-02')
  const flow = await askFor(clinic, agent, SCOPE, { launch: launched.searchParams.get('launch') ?? '' })
  await allowAll(flow)
  const answer = await redeem(clinic, flow)
  expect(answer).toMatchObject({ patient: 'jane-doe', encounter: 'jane-doe-visit-02' })
  expect(answer).not.toHaveProperty('practitioner')
  const { iss, aud, fhirUser } = decodeJwt(answer.id_token ?? '')
  expect({ iss, aud }).toEqual({ iss: clinic.url, aud: growth.client_id })
  expect(fhirUser).toMatch(/(^|\/)Practitioner\/morgan-lee$/)

  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${clinic.url}/fhir/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${answer.access_token}`, 'content-type': 'application/json' },
    })
  const typesAt = async (path: string) => {
    const { resourceType, entry = [] } = await (await send(path)).json()
    return [resourceType, ...entry.map(({ resource }: { resource: { id: string } }) => resource.id)]
  }
  expect(await typesAt('Patient/jane-doe')).toEqual(['Patient'])
  expect(await typesAt('Practitioner/morgan-lee')).toEqual(['Practitioner'])
  expect(await typesAt('Encounter/jane-doe-visit-02')).toEqual(['Encounter'])
  expect(await typesAt('Organization')).toEqual(['Bundle', 'riverside-clinic'])
  // The reference is only an id.
  expect(await typesAt('Condition?encounter=jane-doe-visit-02')).toEqual(['Bundle', 'of-visit'])
  expect(
    await typesAt('DocumentReference?patient=jane-doe&type=urn:oid:2.16.578.1.12.4.1.1.9602|J01-2'),
  ).toEqual(['Bundle'])
  const body = JSON.stringify({ resourceType: 'DocumentReference', id: 'x' })
  const response = await send('DocumentReference/x', { method: 'PUT', body })
  expect([response.status, (await response.json()).resourceType]).toEqual([405, 'OperationOutcome'])
})
