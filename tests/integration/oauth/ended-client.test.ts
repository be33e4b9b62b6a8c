import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findClientRow, insertClient } from '../../../server/oauth/clients/clients.ts'
import { endClient } from '../../../server/oauth/clients/end-client.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { authorizationUrl, carekey, discover, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const redirect_uri = 'http://127.0.0.1:5999/callback'
const request = {
  client_name: 'Chart Viewer',
  redirect_uris: [redirect_uri],
  application_type: 'native' as const,
}
const forItself = { grant_type: 'client_credentials', scope: 'system/Observation.rs' }

interface Registered {
  readonly client_id: string
  readonly registration_access_token: string
  readonly registration_client_uri: string
}

describe.each(engines)('F04 a removed application, on %s', (store) => {
  let clinic: TestOrganization
  let admin: string
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    const scope = 'openid client.register'
    admin = (await signIn(clinic.url, { username: 'admin', scope, application: carekey })).access_token
  })
  afterAll(() => clinic.close())

  const send = (method: string, url: string, bearer: string, body?: object) =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const register = async (): Promise<Registered> => {
    const metadata = { ...request, token_endpoint_auth_method: 'none' }
    return (await (await send('POST', `${clinic.url}/oauth/register`, admin, metadata)).json()) as Registered
  }
  const addAgain = (client_id: string) =>
    clinic.store.write((trx) =>
      insertClient(trx, { client_id, ...request, token_endpoint_auth_method: 'none' }),
    )

  it('leaves nothing to the next application with its Client ID', async () => {
    const client = await register()
    const application = { client_id: client.client_id, redirect_uri }
    const scope = 'launch/patient patient/*.rs'
    const { access_token } = await signIn(clinic.url, { username: 'jane', scope, application })
    const server = await discover(clinic.url)
    const agent = createUserAgent(clinic.url)
    const login = await agent.open(await authorizationUrl(server, { application, scope }, 'v'.repeat(43)))

    await clinic.store.write((trx) => endClient(trx, client.client_id))
    await addAgain(client.client_id)
    const { registration_client_uri: url, registration_access_token: rat } = client
    for (const method of ['GET', 'DELETE']) expect((await send(method, url, rat)).status).toBe(401)
    expect((await send('GET', `${clinic.url}/fhir/Patient/jane-doe`, access_token)).status).toBe(401)
    // The pending authorization has ended as well.
    expect((await agent.open(login.url)).status).toBe(400)
  })

  it('loses its own token, also at introspection', async () => {
    const job = await registerSignedClient(clinic)
    const { access_token } = (await (await job.request(forItself)).json()) as { access_token: string }
    const read = () => send('GET', `${clinic.url}/fhir/Observation?_count=1`, access_token)
    expect((await read()).status).toBe(200)
    await clinic.store.write((trx) => endClient(trx, job.clientId))
    await registerSignedClient(clinic, { client_id: job.clientId })
    expect((await read()).status).toBe(401)
  })

  it('that its own developer removes is treated in the same way', async () => {
    const client = await register()
    expect((await findClientRow(clinic.store.db, client.client_id))?.client_generation).not.toBe('')
    const { registration_client_uri: url, registration_access_token: rat } = client
    const application = { client_id: client.client_id, redirect_uri }
    const scope = 'launch/patient patient/*.rs'
    const { access_token } = await signIn(clinic.url, { username: 'jane', scope, application })
    expect((await send('DELETE', url, rat)).status).toBe(204)
    await addAgain(client.client_id)
    expect((await send('GET', url, rat)).status).toBe(401)
    expect((await send('GET', `${clinic.url}/fhir/Patient/jane-doe`, access_token)).status).toBe(401)
  })
})
