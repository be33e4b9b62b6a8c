import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRecorder } from '../../../server/audit/recorder.ts'
import { insertClient } from '../../../server/oauth/clients/clients.ts'
import { endClient } from '../../../server/oauth/clients/end-client.ts'
import { narrowFormerRegistrations } from '../../../server/oauth/clients/former-registrations.ts'
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
  const owned = async (clientId: string) => {
    const rows = await clinic.store.db
      .selectFrom('oauth_record')
      .select('model')
      .where('payload', 'like', `%${clientId}%`)
      .execute()
    return rows.map(({ model }) => model).sort()
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

    await clinic.store.write((trx) => endClient(trx, client.client_id, Date.now()))
    expect(await owned(client.client_id)).toEqual([])
    await addAgain(client.client_id)
    const { registration_client_uri: url, registration_access_token: rat } = client
    for (const method of ['GET', 'DELETE']) expect((await send(method, url, rat)).status).toBe(401)
    expect((await send('GET', `${clinic.url}/fhir/Patient/jane-doe`, access_token)).status).toBe(401)
    // The pending authorization has ended as well.
    expect((await agent.open(login.url)).status).toBe(400)
    expect(await owned(client.client_id)).toEqual(['Client'])
  })

  it('loses its own token, also at introspection', async () => {
    const job = await registerSignedClient(clinic)
    const { access_token } = (await (await job.request(forItself)).json()) as { access_token: string }
    const read = () => send('GET', `${clinic.url}/fhir/Observation?_count=1`, access_token)
    expect((await read()).status).toBe(200)
    await clinic.store.write((trx) => endClient(trx, job.clientId, Date.now()))
    await registerSignedClient(clinic, { client_id: job.clientId })
    expect((await read()).status).toBe(401)
  })

  it('that its own developer removes is treated in the same way', async () => {
    const client = await register()
    const { registration_client_uri: url, registration_access_token: rat } = client
    expect((await send('DELETE', url, rat)).status).toBe(204)
    expect(await owned(client.client_id)).toEqual([])
  })
})

describe('F04 an application that an earlier version registered over the network', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const seconds = Math.floor(Date.now() / 1000)
  /** As the registration endpoint stores it. */
  const giveToken = (clientId: string, iat: number) =>
    clinic.store.write((trx) =>
      trx
        .insertInto('oauth_record')
        .values({
          model: 'RegistrationAccessToken',
          id: `token of ${clientId}`,
          payload: JSON.stringify({ iat, clientId, kind: 'RegistrationAccessToken' }),
          ...{ grant_id: null, account_id: null, uid: null, consumed_at: null, expires_at: null },
        })
        .execute(),
    )
  const narrow = () =>
    narrowFormerRegistrations(
      clinic.store,
      createRecorder({ config: clinic.config, store: clinic.store, clock: Date.now }),
    )
  const kept = async (clientId: string) => {
    const { payload } = await clinic.store.db
      .selectFrom('oauth_record')
      .select('payload')
      .where('model', '=', 'Client')
      .where('id', '=', clientId)
      .executeTakeFirstOrThrow()
    return JSON.parse(payload)
  }

  it('no longer reads records on its own behalf, and is named', async () => {
    const job = await registerSignedClient(clinic, {
      client_id_issued_at: seconds,
      scope: 'openid patient/*.rs system/*.rs',
      grant_types: ['client_credentials', 'refresh_token'],
      resource_server: true,
    })
    await giveToken(job.clientId, seconds)
    const { access_token } = (await (await job.request(forItself)).json()) as { access_token: string }
    expect(await narrow()).toEqual([job.clientId])
    const readAnswer = await fetch(`${clinic.url}/fhir/Observation?_count=1`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(readAnswer.status).toBe(401)
    expect((await job.request(forItself)).status).toBe(400)
    const client = await kept(job.clientId)
    expect(client).toMatchObject({ scope: 'openid patient/*.rs', grant_types: ['refresh_token'] })
    expect(client).not.toHaveProperty('resource_server')
    const entry = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('client_id', '=', job.clientId)
      .where('subtype', '=', 'register')
      .executeTakeFirst()
    expect(entry?.json).toContain('client narrowed')
    // Only once.
    expect(await narrow()).toEqual([])
  })

  it('keeps the rights that an administrator gave at the terminal, although its Client ID was registered over the network before', async () => {
    const plain = await registerSignedClient(clinic)
    const again = await registerSignedClient(clinic, { client_id_issued_at: seconds })
    await giveToken(again.clientId, seconds - 3_600)
    const before = [await kept(plain.clientId), await kept(again.clientId)]
    expect(await narrow()).toEqual([])
    expect([await kept(plain.clientId), await kept(again.clientId)]).toEqual(before)
    // The previous application's token does not work for this one.
    const rows = await clinic.store.db
      .selectFrom('oauth_record')
      .select('id')
      .where('id', '=', `token of ${again.clientId}`)
      .execute()
    expect(rows).toEqual([])
  })
})
