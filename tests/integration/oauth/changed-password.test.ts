import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { NO_PASSWORD } from '../../../server/sign-in/password/password.ts'
import { LIMITS } from '../../../server/sign-in/secrets/rate-limit.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'

const OLD = 'john-demo'
const NEW = 'seven purple lanterns'

describe.each(engines)('a person who changes their password, on %s', (store) => {
  const opened: TestOrganization[] = []
  let clinic: TestOrganization
  beforeEach(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    opened.push(clinic)
  })
  afterAll(() => Promise.all(opened.map((each) => each.close())))

  const submitLogin = async (password: string, agent = createUserAgent(clinic.url)) => {
    const page = await agent.submit(await agent.open('/login'), { username: 'john', password })
    return { agent, page, isIn: page.url.pathname === '/account' }
  }
  const browser = async (): Promise<UserAgent> => {
    const { agent, isIn } = await submitLogin(OLD)
    expect(isIn).toBe(true)
    return agent
  }
  const changeTo = async (
    agent: UserAgent,
    form: { current?: string; password?: string; again?: string },
  ) => {
    const { password = NEW } = form
    const page = await agent.open('/account/security')
    return agent.submit(page, { current: OLD, password, again: password, ...form })
  }
  const isSignedIn = async (agent: UserAgent) => (await agent.open('/account')).url.pathname === '/account'
  const entries = () =>
    clinic.store.db
      .selectFrom('audit_event')
      .select(['patient', 'outcome', 'json'])
      .where('subtype', '=', 'account')
      .orderBy('seq')
      .execute()

  it('stays signed in in this browser alone, reads that all else has ended, and signs in with the new one', async () => {
    const [here, elsewhere] = [await browser(), await browser()]
    const { access_token } = await signIn(clinic.url, {
      ...{ username: 'john', application: carekey, window: 'day', scope: 'launch/patient patient/*.rs' },
    })
    const read = async () => {
      const headers = { authorization: `Bearer ${access_token}` }
      return (await fetch(`${clinic.url}/fhir/Patient/john-doe`, { headers })).status
    }
    expect(await read()).toBe(200)
    expect((await here.open('/account')).html).toContain('href="/account/security"')

    const cookies = new Map(here.cookies)
    const page = await changeTo(here, {})
    expect(page.url.pathname).toBe('/account')
    expect(page.html).toContain('Your password is changed.')
    expect([await isSignedIn(here), await isSignedIn(elsewhere), await read()]).toEqual([true, false, 401])
    const before = createUserAgent(clinic.url, fetch, cookies)
    expect(await isSignedIn(before), 'the cookie of before').toBe(false)
    expect((await here.open('/account')).html, 'said once').not.toContain('Your password is changed.')
    expect([(await submitLogin(OLD)).isIn, (await submitLogin(NEW)).isIn]).toEqual([false, true])
    const [entry, ...others] = await entries()
    expect(others).toEqual([])
    expect(entry).toMatchObject({ patient: 'john-doe', outcome: '0' })
    expect(entry?.json).toContain('{"type":"change","valueString":"password"}')
    expect(JSON.stringify(await entries())).not.toContain(NEW)
  })

  it('is known in this browser, where a stranger who guesses at the name keeps them out no more than before', async () => {
    const here = await browser()
    await changeTo(here, {})
    const stranger = createUserAgent(clinic.url)
    for (let tries = 0; tries <= LIMITS.account.failures; tries++) await submitLogin('guess', stranger)
    expect((await submitLogin(NEW)).isIn).toBe(false)
    expect((await submitLogin(NEW, here)).isIn).toBe(true)
  })

  it('guesses at the current one as often as at the sign-in, and both count together', async () => {
    const here = await browser()
    for (let tries = 1; tries < LIMITS.device.failures; tries++)
      expect((await changeTo(here, { current: 'guess' })).html).toContain('The current password is wrong.')
    await submitLogin('guess', here)
    expect((await changeTo(here, {})).html).toContain('Too many attempts failed.')
    expect((await submitLogin(OLD, here)).page.html).toContain('Too many attempts failed.')
    expect(await isSignedIn(here)).toBe(true)
    const logged = await entries()
    expect(logged).toHaveLength(LIMITS.device.failures - 1)
    for (const entry of logged) {
      expect(entry).toMatchObject({ patient: 'john-doe', outcome: '4' })
      expect(entry.json).toContain('"outcomeDesc":"wrong_password"')
    }
    expect((await submitLogin(OLD)).isIn, 'another browser').toBe(true)
  })

  it('is held to the rules of a new password, and to typing it twice', async () => {
    const here = await browser()
    for (const [form, fault] of [
      [{ password: 'short' }, 'too short'],
      [{ password: 'p'.repeat(257) }, 'too long'],
      [{ password: 'password123' }, 'easy to guess'],
      [{ password: 'riversideclinic' }, 'easy to guess'],
      [{ password: NEW, again: `${NEW}.` }, 'differ'],
    ] as const)
      expect((await changeTo(here, form)).html).toContain(fault)
    expect((await submitLogin(OLD)).isIn).toBe(true)
    expect((await entries()).map(({ outcome }) => outcome)).toEqual(['4', '4', '4', '4', '4'])
  })

  it('in two tabs at once changes it once', async () => {
    const cookies = new Map((await browser()).cookies)
    const passwords = [NEW, `${NEW} again`]
    const pages = await Promise.all(
      passwords.map((password) =>
        changeTo(createUserAgent(clinic.url, fetch, new Map(cookies)), { password }),
      ),
    )
    expect(pages.filter(({ html }) => html.includes('Your password is changed.'))).toHaveLength(1)
    const works = await Promise.all(passwords.map(async (password) => (await submitLogin(password)).isIn))
    expect(works.filter((each) => each)).toHaveLength(1)
  })

  it('needs a form of this browser', async () => {
    const here = await browser()
    const cookie = [...here.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const body = new URLSearchParams({ current: OLD, password: NEW, again: NEW })
    const { status } = await fetch(`${clinic.url}/account/security`, {
      ...{ method: 'POST', body, headers: { cookie }, redirect: 'manual' },
    })
    expect(status).toBe(403)
    expect((await submitLogin(OLD)).isIn).toBe(true)
  })

  it('needs one: without, there is neither the page nor the link', async () => {
    const here = await browser()
    await clinic.store.write(async (trx) => {
      await trx
        .updateTable('account')
        .set({ password_hash: NO_PASSWORD })
        .where('username', '=', 'john')
        .execute()
      const { id, generation } = await trx
        .selectFrom('account')
        .select(['id', 'generation'])
        .where('username', '=', 'john')
        .executeTakeFirstOrThrow()
      // As somebody who signed in with another company.
      await trx
        .updateTable('oauth_record')
        .set({ account_generation: generation })
        .where('model', '=', 'PersonSession')
        .where('account_id', '=', id)
        .execute()
    })
    expect((await here.open('/account')).html).not.toContain('/account/security')
    expect((await here.open('/account/security')).status).toBe(404)
  })

  it('is asked for the current one before anything else, so that a burst is logged no more often than guesses', async () => {
    const here = await browser()
    const { html } = await here.open('/account/security')
    const cookie = [...here.cookies].map((each) => each.join('=')).join('; ')
    const body = new URLSearchParams({
      ...{ current: 'guess', password: 'short', again: 'short' },
      form_token: /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? '',
    })
    const post = () =>
      fetch(`${clinic.url}/account/security`, {
        ...{ method: 'POST', body, headers: { cookie, origin: clinic.url } },
      })
    const answers = await Promise.all(Array.from({ length: 200 }, post))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const logged = (await entries()).length
    expect(logged).toBeGreaterThan(0)
    expect(logged).toBeLessThanOrEqual(LIMITS.device.failures)
    expect((await submitLogin(OLD)).isIn).toBe(true)
  })
})
