import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  callApi,
  decideAt,
  permissionUrl,
  redeem,
  refresh,
  signForm,
  signInAt,
  startStandIn,
  type TestStandIn,
  tokensOf,
} from '../../fixtures/stand-in.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

let standIn: TestStandIn
beforeEach(async () => {
  standIn = await startStandIn()
})
afterEach(() => standIn.close())

const getmeas = (access_token: string) =>
  callApi(standIn, '/measure', { action: 'getmeas', meastypes: '1' }, access_token)
const INVALID_TOKEN = {
  status: 401,
  body: {},
  error: 'XRequestID: Not provided invalid_token: The access token provided is invalid',
}
const invalid = (name: string) => ({ status: 503, body: {}, error: `Invalid Params: invalid ${name}` })

describe('the stand-in for Withings: permission', () => {
  it('W01 sends a person who allows the access back with a code and the state', async () => {
    const back = await decideAt(standIn)
    expect(back.origin + back.pathname).toBe(standIn.application.callbacks[0])
    expect(back.searchParams.get('state')).toBe('state-of-the-test')
    expect(back.searchParams.get('code')).toMatch(/^[0-9a-f]{40}$/)
  })

  it('W01 sends a person who denies the access back without a code', async () => {
    const back = await decideAt(standIn, 'deny')
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error: 'access_denied',
      state: 'state-of-the-test',
    })
  })

  it('asks for the account once, and again for another account', async () => {
    const browser = createUserAgent(standIn.url)
    const first = await browser.open(permissionUrl(standIn))
    const wrong = await browser.submit(first, { username: 'john', password: 'nothing' })
    // A browser closes an extension’s sign-in window at an error page.
    expect(wrong.status).toBe(200)
    expect(wrong.html).toContain('This username or password is wrong.')
    await browser.submit(wrong, { username: 'john', password: 'john-demo' })
    const second = await browser.open(permissionUrl(standIn))
    expect(second.html).toContain('Signed in as John Doe.')
    const signedOut = await browser.open('/')
    expect(signedOut.html).toContain('Nobody may.')
  })

  it('says on each page that it is a stand-in, in English and in Spanish', async () => {
    const browser = createUserAgent(standIn.url)
    const signIn = await browser.open(permissionUrl(standIn))
    const permission = await browser.submit(signIn, { username: 'john', password: 'john-demo' })
    const home = await browser.open('/')
    for (const { html } of [signIn, permission, home]) expect(html).toContain('This is not Withings.')
    const spanish = await fetch(permissionUrl(standIn), { headers: { 'accept-language': 'es' } })
    expect(await spanish.text()).toContain('Esto no es Withings.')
  })

  it.each([
    [
      'another redirect address',
      { redirect_uri: 'http://localhost:3300/elsewhere' },
      'redirect_uri_mismatch',
    ],
    ['an unknown client', { client_id: 'x' }, 'invalid_client'],
    ['no state', { state: '' }, 'invalid_request'],
    ['scopes that are parted by a blank', { scope: 'user.metrics user.activity' }, 'invalid_scope'],
    ['a scope for partners with a contract', { scope: 'user.info,user.metrics' }, 'invalid_scope'],
  ])('sends nobody anywhere for %s', async (_what, parameters, error) => {
    const response = await fetch(permissionUrl(standIn, parameters), { redirect: 'manual' })
    expect(response.status).toBe(400)
    const { errors } = (await response.json()) as { errors: { message: string }[] }
    expect(errors[0]?.message).toMatch(new RegExp(`^${error}: `))
  })

  it('accepts no form from a page of another origin', async () => {
    const browser = createUserAgent(standIn.url)
    await browser.submit(await browser.open('/'), { username: 'john', password: 'john-demo' })
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(permissionUrl(standIn), {
      method: 'POST',
      body: new URLSearchParams({ decision: 'allow' }),
      headers: { cookie, origin: 'http://localhost:3100' },
      redirect: 'manual',
    })
    expect(response.status).toBe(403)
  })
})

describe('the stand-in for Withings: tokens', () => {
  it('answers a code with tokens, the scope separated by commas, and `userid` as a number or as text', async () => {
    const url = await decideAt(standIn, 'allow', { scope: 'user.metrics,user.activity' })
    expect(await redeem(standIn, url.searchParams.get('code') ?? '')).toEqual({
      status: 0,
      body: {
        userid: 30_411_672,
        access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
        refresh_token: expect.stringMatching(/^[0-9a-f]{40}$/),
        expires_in: 10_800,
        scope: 'user.metrics,user.activity',
        csrf_token: expect.any(String),
        token_type: 'Bearer',
      },
    })
    standIn.switches.userid = 'string'
    expect((await signInAt(standIn)).userid).toBe('30411672')
  })

  it('W01 accepts a code once, and for 30 seconds', async () => {
    const codeOf = async () => (await decideAt(standIn)).searchParams.get('code') ?? ''
    const code = await codeOf()
    standIn.clock.now += 29 * SECOND
    expect((await redeem(standIn, code)).status).toBe(0)
    expect(await redeem(standIn, code)).toEqual(invalid('code'))

    const late = await codeOf()
    standIn.clock.now += 30 * SECOND
    expect(await redeem(standIn, late)).toEqual(invalid('code'))
  })

  it('accepts a code only with the secret and the redirect address that belong to it', async () => {
    const code = (await decideAt(standIn)).searchParams.get('code') ?? ''
    expect(await redeem(standIn, code, { client_secret: 'x' })).toEqual(invalid('client_secret'))
    expect(await redeem(standIn, code, { client_id: 'x' })).toEqual(invalid('client_id'))
    expect(await redeem(standIn, code, { redirect_uri: 'http://localhost:3300/' })).toEqual(
      invalid('redirect_uri'),
    )
    expect(await redeem(standIn, 'x', { grant_type: 'password' })).toEqual(invalid('grant_type'))
  })

  it('W03 ends an access token after 3 hours and a refresh token after a year', async () => {
    const { access_token, refresh_token } = await signInAt(standIn)
    standIn.clock.now += 3 * HOUR - SECOND
    expect((await getmeas(access_token)).status).toBe(0)
    standIn.clock.now += SECOND
    expect(await getmeas(access_token)).toEqual(INVALID_TOKEN)
    expect(await getmeas('x')).toEqual(INVALID_TOKEN)
    standIn.clock.now += 365 * 24 * HOUR
    expect(await refresh(standIn, refresh_token)).toEqual(invalid('refresh_token'))
  })

  it('W03 keeps the old refresh token for 8 hours while the new access token is not used', async () => {
    const { refresh_token: old } = await signInAt(standIn)
    const lostTokens = tokensOf(await refresh(standIn, old))
    standIn.clock.now += 8 * HOUR - SECOND
    const again = tokensOf(await refresh(standIn, old))
    expect(again.refresh_token).not.toBe(lostTokens.refresh_token)
    standIn.clock.now += SECOND
    expect(await refresh(standIn, old)).toEqual(invalid('refresh_token'))
    expect((await getmeas(again.access_token)).status).toBe(0)
  })

  it('W03 ends the old refresh token when the new access token is first used', async () => {
    const { refresh_token: old } = await signInAt(standIn)
    const next = tokensOf(await refresh(standIn, old))
    await getmeas(next.access_token)
    expect(await refresh(standIn, old)).toEqual(invalid('refresh_token'))
    expect((await refresh(standIn, next.refresh_token)).status).toBe(0)
  })

  it('W03 of two pairs for one refresh token, keeps the one that is used first', async () => {
    const { refresh_token: old } = await signInAt(standIn)
    const [one, other] = [tokensOf(await refresh(standIn, old)), tokensOf(await refresh(standIn, old))]
    await getmeas(one.access_token)
    expect(await refresh(standIn, other.refresh_token)).toEqual(invalid('refresh_token'))
    expect((await refresh(standIn, one.refresh_token)).status).toBe(0)
  })

  it('W03 rotates even if the answer is lost', async () => {
    const { refresh_token } = await signInAt(standIn)
    standIn.switches.faults.push({ on: 'oauth2.requesttoken', fault: { kind: 'lost' } })
    await expect(refresh(standIn, refresh_token)).rejects.toThrow()
    standIn.clock.now += 8 * HOUR
    expect(await refresh(standIn, refresh_token)).toEqual(invalid('refresh_token'))
  })

  it('W03 uses its own clock, which may be an hour ahead', async () => {
    standIn.switches.clockAhead = HOUR
    const { access_token } = await signInAt(standIn)
    expect((await getmeas(access_token)).body.updatetime).toBe(Math.floor((standIn.clock.now + HOUR) / 1000))
    standIn.switches.clockAhead = 4 * HOUR
    expect(await getmeas(access_token)).toEqual(INVALID_TOKEN)
  })

  it('W08 revokes only for a signed request, with a nonce that is valid once within 30 minutes', async () => {
    const { access_token, refresh_token, userid } = await signInAt(standIn)
    const form = { action: 'revoke', userid: String(userid) }
    const signedForm = await signForm(standIn, form)
    expect(await callApi(standIn, '/v2/oauth2', { ...signedForm, signature: 'x' })).toEqual(
      invalid('signature'),
    )
    standIn.clock.now += 30 * 60 * SECOND
    expect(await callApi(standIn, '/v2/oauth2', signedForm)).toEqual(invalid('nonce'))
    expect((await getmeas(access_token)).status).toBe(0)

    const fresh = await signForm(standIn, form)
    expect(await callApi(standIn, '/v2/oauth2', fresh)).toEqual({ status: 0, body: {} })
    expect(await getmeas(access_token)).toEqual(INVALID_TOKEN)
    expect(await refresh(standIn, refresh_token)).toEqual(invalid('refresh_token'))
    expect(await callApi(standIn, '/v2/oauth2', fresh)).toEqual(invalid('nonce'))
  })

  it('W08 lets a person end a permission', async () => {
    const { access_token } = await signInAt(standIn)
    const browser = createUserAgent(standIn.url)
    const home = await browser.submit(await browser.open('/'), { username: 'john', password: 'john-demo' })
    expect(home.html).toContain('End access of Carekey')
    const after = await browser.submit(home, { client_id: standIn.application.clientId })
    expect(after.html).toContain('Nobody may.')
    expect(await getmeas(access_token)).toEqual(INVALID_TOKEN)
  })

  it('keeps permissions from one start to the next, in a file that nobody else may read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stand-in-'))
    const stateFile = join(folder, 'state.json')
    const first = await startStandIn({ stateFile })
    const { access_token, refresh_token } = await signInAt(first)
    await first.close()
    const second = await startStandIn({ stateFile })
    try {
      const answer = await callApi(second, '/measure', { action: 'getmeas' }, access_token)
      expect(answer.status).toBe(0)
      expect((await stat(stateFile)).mode & 0o777).toBe(0o600)
      const text = await readFile(stateFile, 'utf8')
      for (const token of [access_token, refresh_token]) expect(text).not.toContain(token)
    } finally {
      await second.close()
      await rm(folder, { recursive: true })
    }
  })
})
