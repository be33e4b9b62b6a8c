import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { insertClient } from '../../../server/oauth/clients/clients.ts'
import { endClient, setDisabled } from '../../../server/oauth/clients/end-client.ts'
import { sweepExpired } from '../../../server/store/tables/sweep.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { allowInBrowser, authorizationUrl, discover, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { askFor, atEhr, launchFrom } from './launching.ts'

const application = { client_id: 'viewer', redirect_uri: 'http://127.0.0.1:5999/callback' }
const metadata = {
  client_id: application.client_id,
  client_name: 'Chart Viewer',
  redirect_uris: [application.redirect_uri],
  application_type: 'native' as const,
  token_endpoint_auth_method: 'none' as const,
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  launch_uri: 'https://viewer.test/launch',
}
const job = 'night-job'
const scope = 'openid offline_access launch/patient patient/*.rs'
const options = { username: 'jane', scope, application, window: 'day' } as const
const verifier = 'v'.repeat(43)
const HOUR = 3_600_000

describe.each(engines)('F04 what an application was given before it ended, on %s', (engine) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store: engine })
    await register()
  })
  afterAll(() => clinic.close())

  const register = async () => {
    await clinic.store.write((trx) => insertClient(trx, metadata))
  }
  const end = {
    'disabling and enabling it': async (id: string) => {
      for (const disabled of [true, false])
        await clinic.store.write((trx) => setDisabled(trx, id, disabled, Date.now()))
    },
    'another registration under its Client ID': async (id: string) => {
      await clinic.store.write((trx) => endClient(trx, id))
      if (id === job) await registerSignedClient(clinic, { client_id: job })
      else await register()
    },
  } as const
  const ways = Object.entries(end)

  const read = async (token = '', path = 'Patient/jane-doe') =>
    (await fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const askToken = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: application.client_id, ...form })
    const response = await fetch(`${clinic.url}/oauth/token`, { method: 'POST', body })
    return ((await response.json()) as { error?: string }).error
  }
  const begin = async () => authorizationUrl(await discover(clinic.url), { application, scope }, verifier)
  const listed = async () => {
    const agent = createUserAgent(clinic.url)
    const { html } = await agent.submit(await agent.open('/login'), {
      username: 'jane',
      password: 'jane-demo',
    })
    return html.includes('Chart Viewer')
  }

  it.each(ways)('opens nothing after %s: tokens and the connection', async (_, endIt) => {
    const token = await signIn(clinic.url, options)
    expect([await read(token.access_token), await listed()]).toEqual([200, true])
    await endIt(application.client_id)
    expect([await read(token.access_token), await listed()]).toEqual([401, false])
    expect(await askToken({ grant_type: 'refresh_token', refresh_token: token.refresh_token ?? '' })).toBe(
      'invalid_grant',
    )
    const again = await signIn(clinic.url, options)
    expect([await read(again.access_token), await listed()]).toEqual([200, true])
  })

  it.each(ways)('opens nothing after %s: a code', async (_, endIt) => {
    const code = (await allowInBrowser(await begin(), options)).url.searchParams.get('code') ?? ''
    await endIt(application.client_id)
    const { redirect_uri } = application
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier }
    expect(await askToken(form)).toBe('invalid_grant')
  })

  it.each(ways)('opens nothing after %s: an authorization that is under way', async (_, endIt) => {
    const agent = createUserAgent(clinic.url)
    const login = await agent.open(await begin())
    await endIt(application.client_id)
    expect((await agent.open(login.url)).status).toBe(400)
  })

  it.each(ways)('opens nothing after %s: a launch', async (_, endIt) => {
    const agent = await atEhr(clinic)
    const launch = async () =>
      (await launchFrom(agent, 'patient=jane-doe', application.client_id)).searchParams.get('launch') ?? ''
    const [before, values] = [await launch(), [] as string[]]
    await endIt(application.client_id)
    for (const value of [before, await launch()]) {
      const { page } = await askFor(clinic, agent, 'launch patient/*.rs', { launch: value }, application)
      values.push(page.url.searchParams.get('error') ?? 'shown')
    }
    expect(values).toEqual(['invalid_request', 'shown'])
  })

  describe('a token of its own', () => {
    const ask = async (service: Awaited<ReturnType<typeof registerSignedClient>>) => {
      const answer = await service.request({
        grant_type: 'client_credentials',
        scope: 'system/Observation.rs',
      })
      return ((await answer.json()) as { access_token: string }).access_token
    }
    const rows = async () =>
      (
        await clinic.store.db
          .selectFrom('oauth_record')
          .select('id')
          .where('model', '=', 'ClientCredentials')
          .execute()
      ).length
    const introspect = async (token: string, service: Awaited<ReturnType<typeof registerSignedClient>>) => {
      const body = new URLSearchParams({
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await service.assertion(),
        token,
      })
      const answer = await fetch(`${clinic.url}/oauth/introspect`, { method: 'POST', body })
      return ((await answer.json()) as { active: boolean }).active
    }
    const path = 'Observation?_count=1'

    it.each(ways)('opens nothing after %s', async (_, endIt) => {
      const service = await registerSignedClient(clinic, { client_id: job })
      const token = await ask(service)
      expect([await read(token, path), await introspect(token, service)]).toEqual([200, true])
      await endIt(job)
      const next = await registerSignedClient(clinic, { client_id: job })
      expect([await read(token, path), await introspect(token, next)]).toEqual([401, false])
      expect(await read(await ask(next), path)).toBe(200)
    })

    afterEach(async () => {
      await clinic.store.write((trx) =>
        trx.deleteFrom('oauth_record').where('model', '=', 'ClientCredentials').execute(),
      )
    })

    it.each(ways)('costs %s nothing, and is swept when it has expired', async (_, endIt) => {
      const service = await registerSignedClient(clinic, { client_id: job })
      await ask(service)
      const one = await clinic.store.db
        .selectFrom('oauth_record')
        .selectAll()
        .where('model', '=', 'ClientCredentials')
        .executeTakeFirstOrThrow()
      const many = Array.from({ length: 700 }, (_, at) => ({ ...one, id: `many-${at}` }))
      await clinic.store.write((trx) => trx.insertInto('oauth_record').values(many).execute())
      await endIt(job)
      expect(await rows()).toBe(701)
      while (await sweepExpired(clinic.store, Date.now() + 3 * HOUR));
      expect(await rows()).toBe(0)
    })
  })
})
