import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { type Application, carekey, signIn } from '../../fixtures/sign-in.ts'

const CONFIDENTIAL: Application = {
  client_id: 'portal',
  client_secret: 'a-secret-of-the-portal',
  redirect_uri: 'https://portal.example/callback',
}

describe('a refresh that does not say which application it is', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
    await clinic.store.write((trx) =>
      putClient(trx, {
        client_id: CONFIDENTIAL.client_id,
        client_secret: CONFIDENTIAL.client_secret,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [CONFIDENTIAL.redirect_uri],
      }),
    )
  })
  afterAll(() => clinic.close())

  const refreshTokenOf = async (application: Application): Promise<string> => {
    const scope = 'launch/patient offline_access patient/*.rs'
    const { refresh_token } = await signIn(clinic.url, {
      username: 'jane',
      scope,
      application,
      window: 'day',
    })
    return refresh_token ?? ''
  }

  const refresh = async (form: Record<string, string> | URLSearchParams) => {
    const body = new URLSearchParams(form)
    if (!body.has('grant_type')) body.set('grant_type', 'refresh_token')
    const response = await fetch(`${clinic.url}/oauth/token`, { method: 'POST', body })
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
  }

  it('S16 is a public application’s own, and replayed like any other', async () => {
    const refresh_token = await refreshTokenOf(carekey)
    const first = await refresh({ refresh_token })
    expect(first).toMatchObject({ status: 200, answer: { patient: 'jane-doe', expires_in: 3600 } })
    expect(await refresh({ refresh_token, client_id: 'carekey' })).toEqual(first)
    const next = String(first.answer.refresh_token)
    expect((await refresh({ refresh_token: next })).status).toBe(200)
    const entry = await clinic.store.db
      .selectFrom('audit_event')
      .select('client_id')
      .where('subtype', '=', 'token')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(entry.client_id).toBe('carekey')
  })

  it('S16 is refused when the application has to prove itself', async () => {
    const refresh_token = await refreshTokenOf(CONFIDENTIAL)
    expect((await refresh({ refresh_token })).status).toBe(400)
    expect((await refresh({ refresh_token, client_id: 'portal' })).status).toBe(401)
    expect(await refresh({ refresh_token, client_id: 'carekey' })).toMatchObject({
      status: 400,
      answer: { error: 'invalid_grant' },
    })
  })

  it('S16 is refused when it names nobody’s token, several tokens, or a code', async () => {
    const refresh_token = await refreshTokenOf(carekey)
    expect((await refresh({ refresh_token: 'nobodys' })).status).toBe(400)
    const twice = new URLSearchParams([
      ['refresh_token', refresh_token],
      ['refresh_token', refresh_token],
    ])
    expect((await refresh(twice)).status).toBe(400)
    expect((await refresh({ grant_type: 'authorization_code', code: 'x', refresh_token })).status).toBe(400)
    expect((await refresh({ refresh_token, client_secret: 'x' })).status).toBe(400)
    expect((await refresh({ refresh_token })).status).toBe(200)
  })
})
