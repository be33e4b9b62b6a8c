import { MedplumClient } from '@medplum/core'
import type { Bundle, Observation, Patient } from '@medplum/fhirtypes'
import { Client } from 'fhir-kit-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'

/** Two FHIR clients by others, unchanged, with the token of a person who signed in. */
let clinic: TestOrganization
let accessToken: string
beforeAll(async () => {
  clinic = await startOrganization({ demo: 'riverside' })
  const scope = 'openid fhirUser launch/patient patient/*.rs'
  const answer = await signIn(clinic.url, { username: 'john', scope, application: carekey })
  accessToken = answer.access_token
})
afterAll(() => clinic.close())

const WEIGHTS = { code: 'http://loinc.org|29463-7', _sort: '-date', _count: '20' }

describe('@medplum/core', () => {
  const connect = () => {
    const medplum = new MedplumClient({ baseUrl: clinic.url, fhirUrlPath: 'fhir', fetch })
    medplum.setAccessToken(accessToken)
    return medplum
  }

  it('reads, searches page by page, and reads the whole record', async () => {
    const medplum = connect()
    expect((await medplum.readResource('Patient', 'john-doe')).name?.[0]?.family).toBe('Doe')
    const seenIds: string[] = []
    for await (const page of medplum.searchResourcePages('Observation', WEIGHTS))
      seenIds.push(...page.map(({ id }) => id ?? ''))
    expect(seenIds.length).toBeGreaterThan(20)
    expect(new Set(seenIds).size).toBe(seenIds.length)
    const everything = await medplum.readPatientEverything('john-doe')
    expect(everything.entry?.some(({ resource }) => resource?.resourceType === 'Condition')).toBe(true)
  })

  it('is refused the record of another patient, with an outcome that it understands', async () => {
    await expect(connect().readResource('Patient', 'jane-doe')).rejects.toMatchObject({
      outcome: { issue: [{ code: 'not-found' }] },
    })
  })
})

describe('fhir-kit-client', () => {
  const connect = () => new Client({ baseUrl: `${clinic.url}/fhir`, bearerToken: accessToken })

  it('finds the authorization server, reads, searches page by page, and sends a batch', async () => {
    const client = connect()
    const result = await client.smartAuthMetadata()
    expect(String(result.authorizeUrl)).toBe(`${clinic.url}/oauth/authorize`)
    expect(String(result.tokenUrl)).toBe(`${clinic.url}/oauth/token`)
    const john = (await client.read({ resourceType: 'Patient', id: 'john-doe' })) as unknown as Patient
    expect(john.name?.[0]?.family).toBe('Doe')
    const seenIds: string[] = []
    const first = await client.search({ resourceType: 'Observation', searchParams: WEIGHTS })
    for (let bundle: Bundle<Observation> | undefined = first as unknown as Bundle<Observation>; bundle; ) {
      seenIds.push(...(bundle.entry ?? []).map(({ resource }) => resource?.id ?? ''))
      bundle = (await client.nextPage({ bundle: bundle as never })) as unknown as
        | Bundle<Observation>
        | undefined
    }
    expect(seenIds.length).toBeGreaterThan(20)
    expect(new Set(seenIds).size).toBe(seenIds.length)
    const batch = await client.batch({
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [{ request: { method: 'GET', url: 'Patient/john-doe' } }],
      } as never,
    })
    expect((batch as unknown as Bundle).entry?.[0]?.response?.status).toMatch(/^200/)
  })

  it('is refused the record of another patient, with an outcome that it understands', async () => {
    await expect(connect().read({ resourceType: 'Patient', id: 'jane-doe' })).rejects.toMatchObject({
      response: { status: 404, data: { resourceType: 'OperationOutcome' } },
    })
  })
})
