import { describe, expect, test } from 'vitest'
import { ownCookieName } from '../fixtures/own-cookie-name.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack, read } from './attack.ts'
import { ask, decide, logIn } from './authorization-request.ts'

const anna = attack()
const own = () => ownCookieName(anna.server.url, 'person')

const open = (path: string, cookies: ReadonlyMap<string, string>) =>
  anna.send(path, {
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    redirect: 'manual',
  })

describe('A28 an attacker who knew a session before somebody signed in knows nothing afterwards', () => {
  const agent = () => createUserAgent(anna.server.url, anna.fetch)
  const signIn = async (visitor = agent()) => {
    const page = await visitor.open('/login')
    const before = new Map(visitor.cookies)
    await visitor.submit(page, { username: 'anna', password: 'anna-demo' })
    return { before, visitor, after: new Map(visitor.cookies) }
  }

  test("at the organization's own pages", async () => {
    const { before, after } = await signIn()
    expect(before.get(own())).toBeTruthy()
    expect(after.get(own())).not.toBe(before.get(own()))
    expect((await open('/account', after)).status).toBe(200)
    const page = await open('/account', before)
    expect(page.status).toBe(303)
    expect(page.headers.get('location')).toMatch(/^\/login/)
  })

  test('with a value that the attacker chose', async () => {
    const planted = new Map([[own(), 'a'.repeat(43)]])
    const login = await open('/login', planted)
    const form_token = /name="form_token" value="([^"]+)"/.exec(login.text)?.[1] ?? ''
    const answer = await anna.send('/login', {
      method: 'POST',
      headers: { cookie: `${own()}=${planted.get(own())}`, origin: anna.server.url },
      body: new URLSearchParams({ username: 'anna', password: 'anna-demo', form_token }),
    })
    expect(answer.status).toBe(303)
    expect(answer.headers.getSetCookie().join()).not.toContain(planted.get(own()))
    expect((await open('/account', planted)).status).toBe(303)
  })

  test('signing in as another person ends the previous sign-in', async () => {
    const { visitor, after: first } = await signIn()
    const page = await read(
      await anna.fetch(`${anna.server.url}/login`, { headers: { cookie: `${own()}=${first.get(own())}` } }),
    )
    const form_token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const answer = await anna.send('/login', {
      method: 'POST',
      headers: { cookie: `${own()}=${visitor.cookies.get(own())}`, origin: anna.server.url },
      body: new URLSearchParams({ username: 'lee', password: 'lee-demo', form_token }),
    })
    expect(answer.status).toBe(303)
    expect((await open('/account', first)).status).toBe(303)
    expect((await open('/ehr', first)).status).toBe(303)
  })

  test('an authorization has no session, and an earlier cookie of the browser opens nothing', async () => {
    const visit = await ask(anna)
    const before = new Map(visit.agent.cookies)
    const consent = await logIn(visit)
    const during = new Map(consent.agent.cookies)
    expect([...during.keys()].filter((name) => name.includes('session'))).toEqual([])
    const planted = await open(consent.page.url.pathname, before)
    expect(planted.text).not.toContain('value="allow"')

    const { page } = await decide(consent)
    expect(page.url.searchParams.has('code')).toBe(true)
    for (const cookies of [before, during]) {
      const silently = new URL(await silentUrl(cookies))
      expect(silently.searchParams.get('error')).toBe('login_required')
    }
  })

  /** Returns the address to which a request with prompt=none redirects a browser with these cookies. */
  const silentUrl = async (cookies: ReadonlyMap<string, string>) => {
    const silent: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      return anna.fetch(input, { ...init, headers })
    }
    const { page } = await ask(
      { ...anna, server: anna.server, fetch: silent },
      { parameters: { prompt: 'none' } },
    )
    return page.url.href
  }
})

test('A28 signing out on all devices ends the sign-ins at consent pages too', async () => {
  const grants = () => anna.server.store.db.selectFrom('consent').select('grant_id').execute()
  const before = await grants()
  const thief = await logIn(await ask(anna))
  const other = await logIn(await ask(anna), 'bert')
  const agent = createUserAgent(anna.server.url, anna.fetch)
  const login = { username: 'anna', password: 'anna-demo' }
  const account = await agent.submit(await agent.open('/login?next=/account'), login)
  expect(account.html).toContain('and where an application waits for you to allow it')
  await agent.submit(account, { do: 'sign-out-everywhere' })
  const { page } = await decide(thief)
  expect([page.status, page.url.origin]).toEqual([400, anna.server.url])
  expect(await grants()).toEqual(before)
  expect((await decide(other)).page.url.searchParams.has('code')).toBe(true)
})
