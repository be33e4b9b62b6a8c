import type { AuditEvent } from '@medplum/fhirtypes'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storedId } from '../../../server/grants/stored-id.ts'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { allowInBrowser, authorizationUrl, carekey, discover, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'

const SCOPE = 'openid offline_access launch/patient patient/*.rs'
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const PORTAL = 'https://portal.example/callback'
const SIGNED = 'https://signed.example/callback'

describe.each(engines)('J15 a refused token or code, on %s', (store) => {
  let clinic: TestOrganization
  let server: oauth.AuthorizationServer
  let signed: Awaited<ReturnType<typeof registerSignedClient>>
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    server = await discover(clinic.url)
    const granted = {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: SCOPE,
    }
    const portal = {
      client_id: 'portal',
      client_name: 'Portal',
      client_secret: 'right',
      redirect_uris: [PORTAL],
    }
    await clinic.store.write((trx) =>
      putClient(trx, { ...portal, ...granted, token_endpoint_auth_method: 'client_secret_basic' } as never),
    )
    signed = await registerSignedClient(clinic, {
      ...granted,
      ...{ client_name: 'Signed', redirect_uris: [SIGNED] },
    } as never)
  })
  afterAll(() => clinic.close())

  const basic = (secret: string) => ({ authorization: `Basic ${btoa(`portal:${secret}`)}` })
  const post = async (
    path: string,
    form: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: { access_token: string; refresh_token: string } }> => {
    const options = { method: 'POST', headers, body: new URLSearchParams(form) }
    const response = await fetch(`${clinic.url}/oauth/${path}`, options)
    return { status: response.status, body: JSON.parse((await response.text()) || '{}') }
  }
  const codeFor = async (client_id: string, redirect_uri: string) => {
    const code_verifier = oauth.generateRandomCodeVerifier()
    const options = { username: 'john', scope: SCOPE, application: { client_id, redirect_uri } }
    const end = await allowInBrowser(await authorizationUrl(server, options, code_verifier), options)
    const code = end.url.searchParams.get('code') ?? ''
    return { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
  }
  /** The entries that a work adds: about whom, and who acted. */
  const entriesOf = async (work: () => Promise<unknown>) => {
    const rows = () =>
      clinic.store.db
        .selectFrom('audit_event')
        .select(['patient', 'agent', 'outcome', 'json'])
        .orderBy('seq')
        .execute()
    const before = (await rows()).length
    await work()
    return (await rows()).slice(before)
  }
  const untold = [{ patient: 'john-doe', agent: null, outcome: '4' }]

  it('is told to its patient, whatever refuses it before it is looked up, and names nobody', async () => {
    const { refresh_token, access_token } = (
      await post('token', await codeFor('portal', PORTAL), basic('right'))
    ).body
    const refresh = { grant_type: 'refresh_token', refresh_token }
    const code = await codeFor('portal', PORTAL)
    const own = (await signIn(clinic.url, { username: 'john', scope: SCOPE, application: carekey }))
      .refresh_token
    const ownRefresh = { grant_type: 'refresh_token', refresh_token: own ?? '', client_id: carekey.client_id }
    const tries: [string, Record<string, string>, Record<string, string>?][] = [
      ['token', refresh, basic('wrong')],
      ['token', { ...refresh, client_id: 'portal' }],
      ['token', { ...refresh, client_id: 'nobody' }],
      ['token', code, basic('wrong')],
      // Parameters that the engine does not read there.
      ['token', { ...refresh, token: '' }, basic('wrong')],
      ['token', { ...refresh, token: 'x' }, basic('wrong')],
      ['token', { ...code, refresh_token: '' }, basic('wrong')],
      ['introspect', { token: access_token }, basic('wrong')],
      ['introspect', { token: access_token }],
      ['revoke', { token: refresh_token }, basic('wrong')],
      ['token', ownRefresh, { dpop: 'no proof' }],
    ]
    for (const [path, form, headers] of tries) {
      const entries = await entriesOf(async () =>
        expect((await post(path, form, headers)).status).toBeGreaterThanOrEqual(400),
      )
      expect(entries, `${path} ${JSON.stringify(form)}`).toMatchObject(untold)
    }
    // What was never issued is only counted.
    expect(
      await entriesOf(() => post('token', { ...refresh, refresh_token: 'invented' }, basic('wrong'))),
    ).toEqual([])
  })

  it('is told to nobody once it has ended or was used, because whoever found it could fill a log', async () => {
    const { refresh_token, access_token } = (
      await post('token', await codeFor('portal', PORTAL), basic('right'))
    ).body
    const code = await codeFor('portal', PORTAL)
    const update = (change: { consumed_at: number } | { expires_at: number }) =>
      clinic.store.write(async (trx) => {
        for (const text of [refresh_token, access_token, code.code])
          await trx.updateTable('oauth_record').set(change).where('id', '=', storedId(text)).execute()
      })
    const tries = () =>
      entriesOf(async () => {
        for (const token of [refresh_token, access_token]) await post('introspect', { token }, basic('wrong'))
        await post('token', code, basic('wrong'))
      })
    /** As an application that the engine lets look for it, though it is another's. */
    const triesOfAnother = () =>
      entriesOf(async () => {
        const { client_id } = carekey
        await post('revoke', { token: refresh_token, client_id })
        await post('token', { grant_type: 'refresh_token', refresh_token, client_id })
        await post('token', { ...code, client_id })
      })
    expect(await tries()).toHaveLength(3)
    expect(await triesOfAnother()).toHaveLength(3)
    await update({ consumed_at: 1 })
    expect(await tries()).toEqual([])
    expect(await triesOfAnother()).toEqual([])
    await clinic.store.write((trx) =>
      trx.updateTable('oauth_record').set({ consumed_at: null }).where('consumed_at', '=', 1).execute(),
    )
    expect(await tries()).toHaveLength(3)
    await update({ expires_at: 1 })
    expect(await tries()).toEqual([])
  })

  it('names nobody as the one who presented it with an assertion that was used before', async () => {
    const proven = async () => ({
      client_assertion: await signed.assertion(),
      client_assertion_type: ASSERTION,
    })
    const code = await codeFor(signed.clientId, SIGNED)
    const { refresh_token, access_token } = (await post('token', { ...code, ...(await proven()) })).body
    const used = await proven()
    expect((await post('introspect', { token: access_token, ...used })).status).toBe(200)
    for (const [path, form] of [
      ['token', { grant_type: 'refresh_token', refresh_token }],
      ['revoke', { token: refresh_token }],
    ] as const) {
      const entries = await entriesOf(async () =>
        expect((await post(path, { ...form, ...used })).status).toBe(401),
      )
      expect(entries).toMatchObject(untold)
      const { agent = [] } = JSON.parse(entries[0]?.json ?? '{}') as AuditEvent
      const requestors = agent.filter(({ requestor }) => requestor).map(({ who }) => who?.display)
      expect(requestors).not.toContain('John Doe')
    }
    expect(
      (await post('token', { grant_type: 'refresh_token', refresh_token, ...(await proven()) })).status,
    ).toBe(200)
  })
})
