import { describe, expect, test } from 'vitest'
import type { Application } from '../fixtures/sign-in.ts'
import { attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications, gateway } from './people.ts'

const anna = attack()
const { ext, conf, evil } = applications

describe('A09 redeeming a code a second time is refused and ends its tokens', () => {
  test.each([ext, conf])('by $client_id', async (application) => {
    const visit = await decide(await logIn(await ask(anna, { application })))
    const token = (form: Record<string, string>) => post(anna, '/oauth/token', application, form)
    const isActive = async (value: string) =>
      (await post(anna, '/oauth/introspect', gateway, { token: value })).json.active

    const first = await token(codeForm(visit))
    expect(first.status).toBe(200)
    const { access_token, refresh_token } = first.json
    expect((await anna.send('/fhir/Patient/pa', { bearer: access_token })).status).toBe(200)
    expect(await isActive(access_token)).toBe(true)
    expect(await isActive(refresh_token)).toBe(true)

    const second = await token(codeForm(visit))
    expect(second.status).toBe(400)
    expect(second.json.error).toBe('invalid_grant')

    expect(await isActive(access_token)).toBe(false)
    expect(await isActive(refresh_token)).toBe(false)
    expect((await anna.send('/fhir/Patient/pa', { bearer: access_token })).status).toBe(401)
    const refresh = await token({ grant_type: 'refresh_token', refresh_token })
    expect(refresh.status).toBe(400)
    expect(refresh.json).toEqual({
      error: 'invalid_grant',
      error_description: expect.stringMatching(
        /^The refresh token is unknown, was used, has ended, or is another/,
      ),
    })
    // Nobody learns which of these it is.
    expect((await token({ grant_type: 'refresh_token', refresh_token: 'nobodys' })).json).toEqual(
      refresh.json,
    )
  })
})

type Form = Record<string, string>
const token = (form: Form, application: Application = ext) => post(anna, '/oauth/token', application, form)

const expectRefused = async (form: Form, application?: Application): Promise<void> => {
  const answer = await token(form, application)
  expect(answer.status, answer.text).toBe(400)
  expect(answer.json.error).toMatch(/^invalid_(grant|request)$/)
  expect(answer.text).not.toContain('_token"')
}

const obtain = async (application: Application = ext) => decide(await logIn(await ask(anna, { application })))

const without = (name: string, { [name]: _, ...form }: Form): Form => form

describe('A06 a code is spent when its own application fails to prove that the code is its own', () => {
  test.each<[string, (form: Form) => Form]>([
    ['without code_verifier', (form) => without('code_verifier', form)],
    ['with an empty one', (form) => ({ ...form, code_verifier: '' })],
    ['with another one', (form) => ({ ...form, code_verifier: 'v'.repeat(43) })],
  ])('%s', async (_name, wrong) => {
    const form = codeForm(await obtain())
    const answer = await token(wrong(form))
    expect(answer.status).toBe(400)
    expect(answer.json).toEqual({
      error: 'invalid_grant',
      error_description: expect.stringMatching(
        /^The code is unknown.*redirect_uri, code_verifier and client_id/,
      ),
    })
    expect((await token({ ...form, code: 'nobodys' })).json).toEqual(answer.json)
    await expectRefused({ ...form, code_verifier: 'w'.repeat(43) })
    await expectRefused(form)
  })

  test('of many simultaneous guesses, the right one among them, at most one succeeds', async () => {
    const form = codeForm(await obtain())
    const guesses = Array.from({ length: 10 }, (_, n) =>
      token(n === 5 ? form : { ...form, code_verifier: String(n).repeat(43) }),
    )
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeLessThan(2)
    expect(statuses.every((status) => status === 200 || status === 400)).toBe(true)
    await expectRefused(form)
  })
})

test('A07 a code that was issued without a challenge cannot be redeemed with a verifier', async () => {
  const { page } = await ask(anna, {
    application: conf,
    parameters: { code_challenge: undefined, code_challenge_method: undefined },
  })
  expect(page.url.searchParams.get('error'), 'there is no such code').toBe('invalid_request')

  // Simulates a code without a challenge: the challenge is removed from the stored code.
  const visit = await obtain(conf)
  await anna.server.store.write(async (trx) => {
    const codes = await trx
      .selectFrom('oauth_record')
      .selectAll()
      .where('model', '=', 'AuthorizationCode')
      .execute()
    for (const { id, payload } of codes) {
      const { codeChallenge: _, codeChallengeMethod: __, ...rest } = JSON.parse(payload)
      await trx
        .updateTable('oauth_record')
        .set({ payload: JSON.stringify(rest) })
        .where('model', '=', 'AuthorizationCode')
        .where('id', '=', id)
        .execute()
    }
  })
  await expectRefused(codeForm(visit), conf)
})

test.each(['v'.repeat(42), 'v'.repeat(129), `${'v'.repeat(43)}+`, `${'v'.repeat(43)} `])(
  'A08 the code_verifier %s is refused',
  async (code_verifier) => expectRefused(codeForm(await obtain(), { code_verifier })),
)

describe("A18 another application cannot redeem somebody's code or end their sign-in", () => {
  test('before the code is redeemed', async () => {
    const form = codeForm(await obtain())
    for (const stolen of [
      form,
      { ...form, redirect_uri: evil.redirect_uri },
      without('code_verifier', form),
    ]) {
      const answer = await token(stolen, evil)
      expect(answer.status).toBe(400)
      expect(answer.json.error).toBe('invalid_grant')
    }
    expect((await token(form)).status).toBe(200)
  })

  test('after the code is redeemed', async () => {
    const form = codeForm(await obtain())
    const { access_token, refresh_token } = (await token(form)).json
    await expectRefused(form, evil)
    await expectRefused({ grant_type: 'refresh_token', refresh_token }, evil)
    for (const value of [access_token, refresh_token])
      await post(anna, '/oauth/revoke', evil, { token: value })
    expect((await anna.send('/fhir/Patient/pa', { bearer: access_token })).status).toBe(200)
    expect((await token({ grant_type: 'refresh_token', refresh_token })).status).toBe(200)
  })
})

test.each(['https://evil.test/', `${ext.redirect_uri}?a=1`, ext.redirect_uri.slice(0, -1)])(
  'A19 a code is not redeemed with the redirect address %s',
  async (redirect_uri) => {
    const answer = await token(codeForm(await obtain(), { redirect_uri }))
    expect(answer.status).toBe(400)
    expect(answer.json.error).toBe('invalid_grant')
  },
)

test('A19 a code is not redeemed without a redirect address', async () =>
  expectRefused(without('redirect_uri', codeForm(await obtain()))))

test('A20 a code expires after a minute', async () => {
  const visit = await obtain()
  const codes = await anna.server.store.db
    .selectFrom('oauth_record')
    .select('expires_at')
    .where('model', '=', 'AuthorizationCode')
    .execute()
  for (const { expires_at } of codes)
    expect((expires_at ?? Infinity) - Date.now()).toBeLessThanOrEqual(60_000)
  // The process uses the real clock, so the stored row is backdated.
  await anna.server.store.write((trx) =>
    trx
      .updateTable('oauth_record')
      .set(({ eb }) => ({ expires_at: eb('expires_at', '-', 61_000) }))
      .where('model', '=', 'AuthorizationCode')
      .execute(),
  )
  const answer = await token(codeForm(visit))
  expect(answer.status).toBe(400)
  expect(answer.json.error).toBe('invalid_grant')
})
