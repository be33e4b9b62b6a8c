import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDpopKey, type DpopKey } from '../../fixtures/dpop-key.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { registerSignedClient, type SignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'

/** RFC 7519 allows fractions of a second; each of these is no whole millisecond. */
const FRACTIONS = [0.1237, 0.0001234, 0.9999999]

describe.each(engines)('F16 a time with a fraction of a second, on %s', (store) => {
  let clinic: TestOrganization
  let key: DpopKey
  let job: SignedClient
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    key = await createDpopKey()
    job = await registerSignedClient(clinic)
  })
  afterAll(() => clinic.close())

  const form = { grant_type: 'client_credentials', scope: 'system/Patient.rs' }
  const now = () => Math.floor(Date.now() / 1000)
  const statusesOfTwo = async (ask: () => Promise<Response>) => [(await ask()).status, (await ask()).status]

  it.each(FRACTIONS)('is taken in a client assertion, once: %f', async (fraction) => {
    const assertion = await job.assertion({ exp: now() + 120 + fraction })
    expect(await statusesOfTwo(() => job.request(form, assertion))).toEqual([200, 401])
  })

  it.each(FRACTIONS)(
    'is taken in a proof at the token endpoint and at the FHIR API, once: %f',
    async (fraction) => {
      const prove = (method: string, url: string, token?: string) =>
        key.proof({ method, url, ...(token !== undefined && { token }) }, { iat: now() - 1 + fraction })
      const url = `${clinic.url}/oauth/token`
      const dpop = await prove('POST', url)
      const ask = async () =>
        fetch(url, {
          method: 'POST',
          headers: { dpop },
          body: new URLSearchParams({
            ...form,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: await job.assertion(),
          }),
        })
      const first = await ask()
      expect([first.status, (await ask()).status]).toEqual([200, 401])
      const { access_token } = (await first.json()) as { access_token: string }
      const patient = `${clinic.url}/fhir/Patient/john-doe`
      const headers = {
        authorization: `DPoP ${access_token}`,
        dpop: await prove('GET', patient, access_token),
      }
      expect(await statusesOfTwo(() => fetch(patient, { headers }))).toEqual([200, 401])
    },
  )
})
