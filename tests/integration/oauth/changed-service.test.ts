import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { asResourceServer, registerResourceServer, resourceServer } from '../../fixtures/resource-server.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient, type SignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'
import { changeRegistration } from './opened-application.ts'

const SCOPE = 'system/Patient.rs system/Observation.rs'
const form = { grant_type: 'client_credentials', scope: SCOPE }
const REFUSED = { token: 'refused', read: 'refused', search: 'refused', introspection: 'refused' }

describe.each(engines)('J10 a registration of a service is looked up at every step, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await registerResourceServer(clinic.store)
  })
  afterAll(() => clinic.close())

  const introspect = async (token: string) => {
    const response = await fetch(`${clinic.url}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: asResourceServer },
      body: new URLSearchParams({ token }),
    })
    return ((await response.json()) as { scope?: string }).scope ?? 'refused'
  }

  const ask = async (service: SignedClient) => {
    const response = await service.request(form)
    return response.ok ? ((await response.json()) as { scope: string }).scope : 'refused'
  }

  /** A backend service with a token, and what it can do next. */
  const openService = async () => {
    const service = await registerSignedClient(clinic, { scope: SCOPE })
    const { access_token } = (await (await service.request(form)).json()) as { access_token: string }
    const get = async (path: string) => {
      const headers = { authorization: `Bearer ${access_token}` }
      return (await fetch(`${clinic.url}/fhir/${path}`, { headers })).ok ? 'open' : 'refused'
    }
    return {
      clientId: service.clientId,
      next: async () => ({
        token: await ask(service),
        read: await get('Patient/jane-doe'),
        search: await get('Observation?_count=1'),
        introspection: await introspect(access_token),
      }),
    }
  }

  it('of a backend service', async () => {
    const open = { token: SCOPE, read: 'open', search: 'open', introspection: SCOPE }
    expect(await (await openService()).next()).toEqual(open)
    const narrow = 'system/Observation.rs'
    for (const [change, outcomes] of [
      [{ scope: narrow }, { token: narrow, read: 'refused', search: 'open', introspection: narrow }],
      [{ scope: 'system/Condition.rs' }, REFUSED],
      [{ scope: undefined }, REFUSED],
      [{ grant_types: ['authorization_code'] }, REFUSED],
      [{ dpop_bound_access_tokens: true }, REFUSED],
      // Its keys prove who it is only when it asks for a token.
      [{ jwks: { keys: [] } }, { ...open, token: 'refused' }],
      [{ client_name: 'Another name' }, open],
    ] as const) {
      const service = await openService()
      await changeRegistration(clinic.store, service.clientId, change)
      expect(await service.next(), JSON.stringify(change)).toEqual(outcomes)
    }
  })

  it.each(['disabled', 'gone'])('of a backend service that is %s', async (state) => {
    const { clientId, next } = await openService()
    await clinic.store.write(async (trx) => {
      if (state === 'gone') await trx.deleteFrom('oauth_record').where('id', '=', clientId).execute()
      else await trx.updateTable('oauth_record').set({ disabled_at: 1 }).where('id', '=', clientId).execute()
    })
    expect(await next()).toEqual(REFUSED)
  })

  it('of a resource server', async () => {
    const options = { username: 'jane', scope: 'launch/patient patient/*.rs', application: carekey }
    const { access_token } = await signIn(clinic.url, options)
    expect(await introspect(access_token)).toBe('launch/patient patient/*.rs')
    for (const change of [
      { resource_server: undefined },
      { token_endpoint_auth_method: 'none' },
      { client_secret: 'hash-of-another' },
    ]) {
      await changeRegistration(clinic.store, resourceServer.client_id, change)
      expect(await introspect(access_token), JSON.stringify(change)).toBe('refused')
      await registerResourceServer(clinic.store)
    }
  })
})
