import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs'
const HOUR = 3_600_000

describe('a grant', () => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now })
  })
  afterAll(() => clinic.close())

  const post = (path: string, form: Record<string, string>) =>
    fetch(`${clinic.url}/oauth/${path}`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: carekey.client_id, ...form }),
    })
  const refresh = (token: string | undefined) =>
    post('token', { grant_type: 'refresh_token', refresh_token: token ?? '' })
  const read = async (token: string, path = 'Patient/john-doe') =>
    (await fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const john = (window: 'visit' | 'hour' | 'day' | 'month' | 'open') =>
    signIn(clinic.url, { username: 'john', scope: SCOPE, application: carekey, window })

  it('comes with its patient, its scope and its end', async () => {
    const token = await john('day')
    expect(token).toMatchObject({
      token_type: 'bearer',
      patient: 'john-doe',
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
      expires_in: 3600,
    })
    expect(Date.parse(String(token.access_grant_expiration))).toBeCloseTo(now + 24 * HOUR, -4)
    expect(oauth.getValidatedIdTokenClaims(token)).toMatchObject({
      fhirUser: `${clinic.url}/fhir/Patient/john-doe`,
      name: 'John Doe',
    })
  })

  it('of a single visit has no refresh token and ends with its access token', async () => {
    const token = await john('visit')
    expect(token.refresh_token).toBeUndefined()
    expect(token.scope).not.toContain('offline_access')
    expect(await read(token.access_token)).toBe(200)
    now += HOUR + 1000
    expect(await read(token.access_token)).toBe(401)
  })

  it('is over at the end of its window, for reading and for refreshing', async () => {
    const token = await john('day')
    now += 23.5 * HOUR
    const last = await refresh(token.refresh_token)
    expect(last.status).toBe(200)
    const answer = (await last.json()) as { access_token: string; refresh_token: string; expires_in: number }
    // The last access token ends with the window.
    expect(answer.expires_in).toBeLessThanOrEqual(1800)
    expect(await read(answer.access_token)).toBe(200)
    now += 0.6 * HOUR
    expect(await read(answer.access_token)).toBe(401)
    const late = await refresh(answer.refresh_token)
    expect(late.status).toBe(400)
    expect(await late.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('gives one new refresh token, however many requests come at once, and each of them gets it', async () => {
    const token = await john('day')
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(token.refresh_token)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { refresh_token: string }[]
    expect(new Set(bodies.map((body) => body.refresh_token)).size).toBe(1)
    expect((await refresh(bodies[0]?.refresh_token)).status).toBe(200)
  })

  it('ends when a rotated refresh token is used again later, and the log says why', async () => {
    const token = await john('day')
    const next = (await (await refresh(token.refresh_token)).json()) as { access_token: string }
    now += 9_000
    expect((await refresh(token.refresh_token)).status).toBe(200)
    expect(await read(next.access_token)).toBe(200)
    now += 2_000
    expect((await refresh(token.refresh_token)).status).toBe(400)
    expect(await read(next.access_token)).toBe(401)
    const { json } = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'token')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(json).toContain('"outcomeDesc":"refresh_reuse_detected"')
  })

  it('gives nothing if a refresh is repeated with another scope', async () => {
    const token = await john('day')
    expect((await refresh(token.refresh_token)).status).toBe(200)
    const other = await post('token', {
      grant_type: 'refresh_token',
      refresh_token: token.refresh_token ?? '',
      scope: 'patient/*.rs',
    })
    expect(other.status).toBe(400)
  })

  it('ends when one of its tokens is revoked', async () => {
    const token = await john('month')
    expect((await post('revoke', { token: token.refresh_token ?? '' })).status).toBe(200)
    expect(await read(token.access_token)).toBe(401)
    expect((await refresh(token.refresh_token)).status).toBe(400)

    const second = await john('month')
    expect((await post('revoke', { token: second.access_token })).status).toBe(200)
    expect((await refresh(second.refresh_token)).status).toBe(400)
  })

  it('is revoked with an empty answer, which has no media type', async () => {
    const token = await john('day')
    const answer = await post('revoke', { token: token.refresh_token ?? '' })
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, null, ''])
  })

  it('stays when a second one begins, and ends on its own', async () => {
    const [first, second] = [await john('day'), await john('day')]
    await post('revoke', { token: second.refresh_token ?? '' })
    expect(await read(first.access_token)).toBe(200)
    expect((await refresh(first.refresh_token)).status).toBe(200)
  })

  it('requires the password again next time', async () => {
    await john('visit')
    const sessions = await clinic.store.db
      .selectFrom('oauth_record')
      .select('payload')
      .where('model', '=', 'Session')
      .execute()
    expect(sessions.filter(({ payload }) => payload.includes('"accountId":"john"'))).toEqual([])
  })

  it('is logged, with its window, before the code is sent', async () => {
    const row = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'consent')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(row.json).toContain('"type":"window","valueString":"visit"')
  })
})
