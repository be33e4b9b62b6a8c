import { createHash } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { ownCookieName } from '../../fixtures/own-cookie-name.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'

const MINUTE = 60_000

describe.each(engines)('signing in at the organization itself, on %s', (store) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now, store })
  })
  afterAll(() => clinic.close())

  const signIn = async (agent: UserAgent, password = 'john-demo', next = '') =>
    agent.submit(await agent.open(`/login${next}`), { username: 'john', password })
  const own = () => ownCookieName(clinic.url, 'person')
  const lands = async (agent: UserAgent) => (await agent.open('/account')).url.pathname
  const lastSignIn = () =>
    clinic.store.db
      .selectFrom('audit_event')
      .select(['outcome', 'patient', 'json'])
      .where('subtype', '=', 'sign-in')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()

  it('leads to the account, and is logged', async () => {
    const agent = createUserAgent(clinic.url)
    const page = await signIn(agent)
    expect(page.status).toBe(200)
    expect(page.url.pathname).toBe('/account')
    expect(await lastSignIn()).toMatchObject({ outcome: '0', patient: 'john-doe' })
  })

  it('with a wrong password leads nowhere, and is logged', async () => {
    const agent = createUserAgent(clinic.url)
    const page = await signIn(agent, 'wrong')
    expect(page.html).toContain('Wrong username or password')
    expect(page.html).toContain('Ask Riverside Clinic, in person or by phone.')
    expect(page.html).not.toContain('npm run')
    expect(await lands(agent)).toBe('/login')
    const entry = await lastSignIn()
    expect(entry).toMatchObject({ outcome: '4', patient: 'john-doe' })
    expect(entry.json).toContain('wrong_password')
    // It was at the organization's own page, and through no application.
    expect((JSON.parse(entry.json) as AuditEvent).agent.map(({ who }) => who?.display)).toEqual([
      'Riverside Clinic',
      'Riverside Clinic',
    ])
    // No entry is about John, because nobody proved to be him.
    expect(entry.json).not.toContain('John')
    await signIn(agent)
    const log = await agent.open('/account/log')
    expect(log.html).toContain('tried to sign in with a wrong password')
    expect(log.html).toMatch(/Somebody who did not sign in<\/strong> <span class="quiet">on these pages/)
    await agent.submit(await agent.open('/login'), { username: 'nobody-here', password: 'wrong' })
    const stranger = await lastSignIn()
    expect(stranger).toMatchObject({ outcome: '4', patient: null })
    expect(stranger.json).not.toContain('nobody-here')
  })

  it('with a wrong password of somebody who is no patient names their account, and nothing that was typed', async () => {
    for (const [username, id, name] of [
      [' LEE ', 'lee', 'Dr. Morgan Lee'],
      ['admin', 'admin', 'Riverside administrator'],
    ] as const) {
      const agent = createUserAgent(clinic.url)
      await agent.submit(await agent.open('/login'), { username: username, password: 'my-secret-guess' })
      const entry = await lastSignIn()
      expect(entry).toMatchObject({ outcome: '4', patient: null })
      const { agent: agents, entity = [] } = JSON.parse(entry.json) as AuditEvent
      expect(entity.find(({ role }) => role?.code === '6')).toMatchObject({
        name,
        what: { identifier: { value: id } },
      })
      // Nobody proved to be that person.
      expect(JSON.stringify(agents)).not.toContain(name)
      expect(entry.json).not.toMatch(/my-secret-guess| LEE /)
    }
  })

  it('is required for the account, and returns to the requested page', async () => {
    const agent = createUserAgent(clinic.url)
    const login = await agent.open('/account/log')
    expect(login.url.pathname).toBe('/login')
    const page = await agent.submit(login, { username: 'john', password: 'john-demo' })
    expect(page.url.pathname).toBe('/account/log')
  })

  it.each([
    'https://evil.test/',
    '//evil.test/',
    '/\\evil.test',
    '/oauth/authorize',
    '/accounts',
    '/account/../oauth/authorize?client_id=carekey',
    '/ehr/%2E./audit/checkpoint',
    '/account/.%2e/relay',
  ])('does not redirect to %s', async (next) => {
    const page = await signIn(createUserAgent(clinic.url), undefined, `?next=${encodeURIComponent(next)}`)
    expect(page.url.href).toBe(`${clinic.url}/account`)
  })

  describe('for somebody else', () => {
    const forId = (id: string) =>
      `for=${encodeURIComponent(createHash('sha256').update(id).digest('base64'))}`

    it.each(['/account', '/account/log', '/account/disconnect', '/account/log/download'])(
      'shows nothing of %s but who is signed in, and how to sign in as somebody else',
      async (address) => {
        const agent = createUserAgent(clinic.url)
        await signIn(agent)
        for (const other of [forId('jane'), 'for=', 'for=a&for=b', `${forId('john')}&for=x`]) {
          const page = await agent.open(`${address}?${other}`)
          expect(page.html).toContain('You are signed in here as John Doe. This page was opened for')
          expect(page.html).not.toMatch(/Connected applications|Disconnect all|AuditEvent|read my record/)
        }
        const page = await agent.open(`${address}?${forId('jane')}`)
        expect((await agent.open(`/account?${forId('jane')}&ui_locales=es`)).html).toContain(
          'Aquí ha iniciado sesión John Doe. Esta página se abrió para otra persona.',
        )
        const login = await agent.submit(page, { do: 'sign-out' })
        expect(login.url.href).toBe(`${clinic.url}/login`)
        expect((await agent.open('/account')).url.pathname, 'John is signed out').toBe('/login')
      },
    )

    it('the person for whom it was opened sees the account, also after signing in', async () => {
      const agent = createUserAgent(clinic.url)
      const login = await agent.open(`/account?${forId('john')}`)
      expect(login.url.pathname).toBe('/login')
      const page = await agent.submit(login, { username: 'john', password: 'john-demo' })
      expect(page.html).toContain('Connected applications')
      const jane = createUserAgent(clinic.url)
      const hers = await jane.submit(await jane.open(`/account?${forId('john')}`), {
        username: 'jane',
        password: 'jane-demo',
      })
      expect(hers.html).toContain('You are signed in here as Jane Doe.')
      expect(hers.html).toMatch(/<a[^>]* href="\/account">Continue as Jane Doe/)
    })
  })

  it('A28 gives a new id: the previous one is useless, and so is the id of a session that was signed out', async () => {
    const agent = createUserAgent(clinic.url)
    await agent.open('/login')
    const before = agent.cookies.get(own())
    expect(before).toBeDefined()
    const page = await signIn(agent)
    const during = agent.cookies.get(own())
    expect(during).not.toBe(before)
    const as = (value = '') =>
      fetch(`${clinic.url}/account`, {
        headers: { cookie: `${own()}=${value}` },
        redirect: 'manual',
      }).then(({ status }) => status)
    expect(await as(during)).toBe(200)
    expect(await as(before)).toBe(303)
    await agent.submit(page, { do: 'sign-out' })
    expect(agent.cookies.get(own())).not.toBe(during)
    expect(await as(during)).toBe(303)
  })

  it('A28 ends the previous sign-in', async () => {
    const agent = createUserAgent(clinic.url)
    await signIn(agent)
    const first = agent.cookies.get(own())
    await signIn(agent)
    const answer = await fetch(`${clinic.url}/account`, {
      headers: { cookie: `${own()}=${first}` },
      redirect: 'manual',
    })
    expect(answer.status).toBe(303)
  })

  it('is stored as a hash, in a cookie that scripts and other sites do not get', async () => {
    const agent = createUserAgent(clinic.url)
    const page = await signIn(agent)
    const rows = await clinic.store.db.selectFrom('oauth_record').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(agent.cookies.get(own()))
    expect(page.status).toBe(200)
    const login = await fetch(`${clinic.url}/login`)
    expect(login.headers.get('set-cookie')).toMatch(
      new RegExp(`^${own()}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Lax$`),
    )
  })

  it('ends after half an hour without activity, and after eight hours in any case', async () => {
    const idle = createUserAgent(clinic.url)
    await signIn(idle)
    now += 29 * MINUTE
    expect(await lands(idle)).toBe('/account')
    now += 29 * MINUTE
    expect(await lands(idle)).toBe('/account')
    now += 31 * MINUTE
    expect(await lands(idle)).toBe('/login')

    const busy = createUserAgent(clinic.url)
    await signIn(busy)
    for (let hour = 0; hour < 7.9; hour += 0.4) {
      now += 24 * MINUTE
      if (hour < 7.5) expect(await lands(busy)).toBe('/account')
    }
    expect(await lands(busy)).toBe('/login')
  })

  describe('A26', () => {
    const post = (agent: UserAgent, path: string, form: Record<string, string>, origin = clinic.url) =>
      fetch(`${clinic.url}${path}`, {
        method: 'POST',
        headers: {
          cookie: [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          origin,
        },
        body: new URLSearchParams(form),
        redirect: 'manual',
      })
    const tokenOf = (html: string) => /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? ''

    it('refuses a sign-in that another site sends', async () => {
      const agent = createUserAgent(clinic.url)
      const form_token = tokenOf((await agent.open('/login')).html)
      const person = { username: 'john', password: 'john-demo' }
      expect((await post(agent, '/login', person)).status).toBe(403)
      expect((await post(agent, '/login', { ...person, form_token }, 'https://evil.test')).status).toBe(403)
      expect((await post(createUserAgent(clinic.url), '/login', { ...person, form_token })).status).toBe(403)
      expect((await post(agent, '/login', { ...person, form_token })).status).toBe(303)
    })

    it('refuses a form of the account that another site sends, or that comes from before the sign-in', async () => {
      const agent = createUserAgent(clinic.url)
      const old = tokenOf((await agent.open('/login')).html)
      await signIn(agent)
      const form = { do: 'sign-out' }
      expect((await post(agent, '/account', form)).status).toBe(403)
      expect((await post(agent, '/account', { ...form, form_token: old })).status).toBe(403)
      expect(await lands(agent)).toBe('/account')
    })
  })
})
