import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { authorizationUrl, carekey, discover, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const redirect_uri = 'http://127.0.0.1:5999/callback'
const scope = 'openid offline_access launch/patient patient/*.rs'
const forItself = { grant_type: 'client_credentials', scope: 'system/Observation.rs' }

describe.each(engines)('a disabled application, on %s', (store) => {
  let clinic: TestOrganization
  let admin: string
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    const options = { username: 'admin', scope: 'openid client.register', application: carekey }
    admin = (await signIn(clinic.url, options)).access_token
  })
  afterAll(() => clinic.close())

  const command = (...args: string[]) => runAdmin(['client', ...args, '--db', clinic.database.url])
  const send = (url: string, bearer: string, body?: object) =>
    fetch(url, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    })
  const register = async () => {
    const metadata = {
      client_name: 'Chart Viewer',
      redirect_uris: [redirect_uri],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      launch_uri: 'https://viewer.test/launch',
    }
    const response = await send(`${clinic.url}/oauth/register`, admin, metadata)
    return (await response.json()) as Record<
      'client_id' | 'registration_client_uri' | 'registration_access_token',
      string
    >
  }
  const read = async (token = '') => (await send(`${clinic.url}/fhir/Patient/jane-doe`, token)).status
  const readAll = async (token: string) =>
    (await send(`${clinic.url}/fhir/Observation?_count=1`, token)).status
  const refresh = async (client_id: string, refresh_token = '') => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id, refresh_token })
    const response = await fetch(`${clinic.url}/oauth/token`, { method: 'POST', body })
    return ((await response.json()) as { error?: string }).error
  }
  const setInDatabase = (clientId: string, disabled_at: number | null) =>
    clinic.store.write((trx) =>
      trx.updateTable('oauth_record').set({ disabled_at }).where('id', '=', clientId).execute(),
    )

  it('gets no token, its tokens end at once, and enabling brings none back', async () => {
    const client = await register()
    const application = { client_id: client.client_id, redirect_uri }
    const begin = async () =>
      authorizationUrl(await discover(clinic.url), { application, scope }, 'v'.repeat(43))
    const token = await signIn(clinic.url, { username: 'jane', scope, application, window: 'day' })
    expect(await read(token.access_token)).toBe(200)
    const agent = createUserAgent(clinic.url)
    const login = await agent.open(await begin())

    const disabled = await command('disable', client.client_id)
    expect(disabled).toMatchObject({ status: 0 })
    expect(JSON.parse(disabled.out)).toEqual({ client_id: client.client_id, state: 'disabled', ended: 1 })
    expect(await command('disable', client.client_id)).toMatchObject({
      status: 1,
      last: `${client.client_id} is already disabled.`,
    })
    expect(await read(token.access_token)).toBe(401)
    expect(await refresh(client.client_id, token.refresh_token)).toBe('invalid_client')
    // The pending authorization has ended as well.
    expect((await agent.open(login.url)).status).toBe(400)
    const { registration_client_uri, registration_access_token } = client
    expect((await send(registration_client_uri, registration_access_token)).status).toBe(403)
    expect((await send(registration_client_uri, token.access_token)).status).toBe(401)
    const list = JSON.parse((await command('list')).out) as {
      clients: { client_id: string; state: string }[]
    }
    const states = Object.fromEntries(list.clients.map(({ client_id, state }) => [client_id, state]))
    expect([states.carekey, states[client.client_id]]).toEqual(['active', 'disabled'])

    const enabled = await command('enable', client.client_id)
    expect(JSON.parse(enabled.out)).toEqual({ client_id: client.client_id, state: 'active' })
    expect((await command('enable', client.client_id)).last).toBe(`${client.client_id} is already enabled.`)
    expect(await read(token.access_token)).toBe(401)
    expect(await refresh(client.client_id, token.refresh_token)).toBe('invalid_grant')
    expect((await agent.open(login.url)).status).toBe(400)
    expect((await send(registration_client_uri, registration_access_token)).status).toBe(200)
    const again = await signIn(clinic.url, { username: 'jane', scope, application })
    expect(await read(again.access_token)).toBe(200)

    const log = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('json', 'like', `%"value":"${client.client_id}"%`)
      .where('subtype', '=', 'register')
      .execute()
    for (const change of ['client disabled', 'client enabled'])
      expect(log.filter(({ json }) => json.includes(`"${change}"`))).toHaveLength(1)
  })

  it('has no pages that may send requests, whether they sent some before or not', async () => {
    const origins = ['https://asked-before.test', 'https://not-asked-before.test']
    for (const origin of origins)
      await clinic.store.write((trx) =>
        putClient(trx, {
          client_id: new URL(origin).hostname,
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code'],
          response_types: ['code'],
          redirect_uris: [`${origin}/callback`],
        }),
      )
    const mayRead = async (origin: string) => {
      const { headers } = await fetch(`${clinic.url}/fhir/Patient`, { headers: { origin } })
      return headers.get('access-control-allow-origin') === origin
    }
    const [before = ''] = origins
    expect(await mayRead(before)).toBe(true)
    await register()
    expect(await mayRead(new URL(redirect_uri).origin), 'registered over the network').toBe(true)
    for (const origin of origins) {
      const { hostname } = new URL(origin)
      await setInDatabase(hostname, 1)
      expect(await mayRead(origin)).toBe(false)
      await setInDatabase(hostname, null)
      expect(await mayRead(origin)).toBe(true)
    }
  })

  it('is named on the page to which its people are sent, in a window that stays open', async () => {
    const { client_id } = await register()
    await command('disable', client_id)
    const url = await authorizationUrl(
      await discover(clinic.url),
      { application: { client_id, redirect_uri }, scope },
      'v'.repeat(43),
    )
    const page = await createUserAgent(clinic.url).open(url)
    expect(page.status).toBe(200)
    expect(page.html).toContain('This application is switched off')
    expect(page.html).toContain('Riverside Clinic has switched off Chart Viewer')
    expect(page.html).not.toContain('<form')
    url.searchParams.set('ui_locales', 'es')
    const spanish = await createUserAgent(clinic.url).open(url)
    expect(spanish.html).toContain('Riverside Clinic ha desactivado Chart Viewer')
  })

  // The engine makes its own Client IDs of letters, digits, "_" and "-", in any order.
  it.each(['-made-by_an-earlier', '_made-by_an-earlier'])(
    'is disabled by the Client ID %s',
    async (client_id) => {
      await clinic.store.write((trx) =>
        putClient(trx, {
          ...{ client_id, client_name: 'Chart Viewer', redirect_uris: [redirect_uri] },
          ...{ application_type: 'native', token_endpoint_auth_method: 'none' },
        }),
      )
      expect(await command('disable', client_id)).toMatchObject({ status: 0 })
      const application = { client_id, redirect_uri }
      const url = await authorizationUrl(await discover(clinic.url), { application, scope }, 'v'.repeat(43))
      expect((await createUserAgent(clinic.url).open(url)).html).toContain('has switched off Chart Viewer')
      expect(await command('enable', client_id)).toMatchObject({ status: 0 })
      expect(await command('remove', client_id)).toMatchObject({ status: 0 })
    },
  )

  it('keeps no token that it got at the same moment', async () => {
    const { client_id } = await register()
    const application = { client_id, redirect_uri }
    const { access_token } = await signIn(clinic.url, { username: 'jane', scope, application })
    const job = await registerSignedClient(clinic)
    const own = (await (await job.request(forItself)).json()) as { access_token: string }
    expect([await read(access_token), await readAll(own.access_token)]).toEqual([200, 200])
    for (const id of [client_id, job.clientId]) await setInDatabase(id, 1)
    expect([await read(access_token), await readAll(own.access_token)]).toEqual([401, 401])
    const refusal = (await (await job.request(forItself)).json()) as { error: string }
    expect(refusal.error).toBe('invalid_client')
  })

  it('is not launched from the record system', async () => {
    const { client_id } = await register()
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login?next=ehr'), { username: 'lee', password: 'lee-demo' })
    const isListed = async () => (await agent.open('/ehr/patient/jane-doe')).html.includes(client_id)
    expect(await isListed()).toBe(true)
    await setInDatabase(client_id, 1)
    expect(await isListed()).toBe(false)
    const launched = await agent.open(`/ehr/launch?client_id=${client_id}&patient=jane-doe`)
    expect(launched.status).toBe(404)
  })
})
