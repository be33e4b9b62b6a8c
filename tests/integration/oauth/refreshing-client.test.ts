import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { refusedRequests } from '../../fixtures/refused-requests.ts'
import { type Application, carekey, signIn } from '../../fixtures/sign-in.ts'

const CONFIDENTIAL: Application = {
  client_id: 'portal',
  client_secret: 'a-secret-of-the-portal',
  redirect_uri: 'https://portal.example/callback',
}

describe('a refresh that does not name its application', () => {
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

  it('S16 works for a public application, and is replayed like any other', async () => {
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

  it('S16 is refused when the application must authenticate', async () => {
    const refresh_token = await refreshTokenOf(CONFIDENTIAL)
    expect((await refresh({ refresh_token })).status).toBe(400)
    expect((await refresh({ refresh_token, client_id: 'portal' })).status).toBe(401)
    expect(await refresh({ refresh_token, client_id: 'carekey' })).toMatchObject({
      status: 400,
      answer: { error: 'invalid_grant' },
    })
  })

  it('S16 is refused when it names several tokens, or a code', async () => {
    const refresh_token = await refreshTokenOf(carekey)
    const twice = new URLSearchParams([
      ['refresh_token', refresh_token],
      ['refresh_token', refresh_token],
    ])
    expect((await refresh(twice)).status).toBe(400)
    expect((await refresh({ grant_type: 'authorization_code', code: 'x', refresh_token })).status).toBe(400)
    expect((await refresh({ refresh_token, client_secret: 'x' })).status).toBe(400)
    expect((await refresh({ refresh_token })).status).toBe(200)
  })

  it('S16 gets the same answer for an unknown or expired token, whether or not it names the application', async () => {
    const endedToken = await refreshTokenOf(carekey)
    const revocation = new URLSearchParams({ token: endedToken, client_id: 'carekey' })
    await fetch(`${clinic.url}/oauth/revoke`, { method: 'POST', body: revocation })
    for (const refresh_token of ['nobodys', '', endedToken])
      for (const named of [{}, { client_id: 'carekey' }]) {
        if (refresh_token === '' && 'client_id' in named) continue
        const countRefusals = async () => (await refusedRequests(clinic.store)).by['token invalid_grant'] ?? 0
        const before = await countRefusals()
        expect(await refresh({ refresh_token, ...named })).toMatchObject({
          status: 400,
          answer: { error: 'invalid_grant' },
        })
        expect(await countRefusals()).toBe(before + 1)
      }
  })

  it.each(['utf-16le', 'nonsense'])('is not read in %s', async (charset) => {
    const answer = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': `application/x-www-form-urlencoded; charset=${charset}` },
      body: Buffer.from(`grant_type=refresh_token&refresh_token=nobodys`, 'utf16le'),
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('C01 is not read beyond the limit, announced or not', async () => {
    const long = `grant_type=refresh_token&refresh_token=${'x'.repeat(100_000)}`
    const pieces = new ReadableStream({
      start: (controller) => {
        for (let at = 0; at < long.length; at += 10_000)
          controller.enqueue(Buffer.from(long.slice(at, at + 10_000)))
        controller.close()
      },
    })
    for (const body of [long, pieces]) {
      const answer = await fetch(`${clinic.url}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
        duplex: 'half',
      } as RequestInit)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
    }
  })
})
