import { describe, expect, test } from 'vitest'
import { createUserAgent, type UserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { authorizationOf } from './authorization-request.ts'

const PUBLIC_URL = 'https://records.example'
const target = attack({ publicUrl: PUBLIC_URL })

/** Stands in for the TLS proxy: forwards requests for the public address to the server. */
const proxied =
  (watch: (response: Response) => void = () => {}): typeof fetch =>
  async (input, init) => {
    const { href } = new URL(input instanceof Request ? input.url : String(input))
    const response = await target.fetch(href.replace(PUBLIC_URL, target.server.url), init)
    watch(response)
    return response
  }

const signIn = (agent: UserAgent, page: Awaited<ReturnType<UserAgent['open']>>, username: string) =>
  agent.submit(page, { username, password: `${username}-demo` })

/** Signs in at the organization's own pages. */
const signInToAccount = async (username: string) => {
  const agent = createUserAgent(PUBLIC_URL, proxied())
  const account = await signIn(agent, await agent.open('/login'), username)
  expect(account.url.pathname).toBe('/account')
  return agent
}

/** Signs in for an application, up to the consent page. */
const signInToConsent = async (username: string, agent = createUserAgent(PUBLIC_URL, proxied())) => {
  const { url } = await authorizationOf(target)
  url.searchParams.set('aud', `${PUBLIC_URL}/fhir`)
  const login = await agent.open(new URL(url.pathname + url.search, PUBLIC_URL))
  const consent = await signIn(agent, login, username)
  expect(consent.html).toContain('value="allow"')
  return { agent, consent }
}

const open = async (path: string, cookies: readonly string[]) => {
  const answer = await proxied()(`${PUBLIC_URL}${path}`, {
    headers: { cookie: cookies.join('; ') },
    redirect: 'manual',
  })
  return { status: answer.status, html: await answer.text() }
}

/** Both orders, because a browser sends the cookie with the longer path first, or the older one. */
const bothOrders = (planted: string, own: string) => [
  [planted, own],
  [own, planted],
]

const cookieOf = (agent: UserAgent, name: string): string => {
  const value = agent.cookies.get(`__Host-carekey_${name}`)
  expect(value).toBeTruthy()
  return value ?? ''
}

describe('F23 a neighbouring subdomain cannot set our cookies', () => {
  test('every cookie belongs to this host alone and covers all of its paths', async () => {
    const lines: string[] = []
    const agent = createUserAgent(
      PUBLIC_URL,
      proxied(({ headers }) => lines.push(...headers.getSetCookie())),
    )
    await signIn(agent, await agent.open('/login'), 'anna')
    const { consent } = await signInToConsent('anna', agent)
    await agent.submit(consent, { window: 'hour', decision: 'allow' })
    expect(lines.length).toBeGreaterThan(4)
    for (const line of lines) {
      expect(line).toMatch(/^__Host-carekey_(person|device|begun)=/)
      expect(line).toMatch(/; Path=\/(;|$)/)
      expect(line).toMatch(/; Secure(;|$)/)
      expect(line).toMatch(/; HttpOnly(;|$)/)
      expect(line).toMatch(/; SameSite=(Lax|Strict)(;|$)/)
      expect(line).not.toMatch(/domain=/i)
    }
  })

  test('on the organization’s own pages our cookie wins in either order, and a planted cookie alone signs nobody in', async () => {
    const theirs = cookieOf(await signInToAccount('bert'), 'person')
    const ours = `__Host-carekey_person=${cookieOf(await signInToAccount('anna'), 'person')}`
    for (const name of [
      'carekey_person',
      ' carekey_person',
      '__host-carekey_person',
      '__Secure-carekey_person',
    ])
      for (const cookies of bothOrders(`${name}=${theirs}`, ours)) {
        const { html } = await open('/account', cookies)
        expect(html).toContain('Anna Ampere')
        expect(html).not.toContain('Bert Becquerel')
        expect((await open('/account', [`${name}=${theirs}`])).status).toBe(303)
      }
  })

  test('an authorization that the attacker began opens in no other browser, whichever cookie comes first', async () => {
    const { agent: theirs, consent } = await signInToConsent('bert')
    const { agent: ours } = await signInToConsent('anna')
    const uid = consent.url.pathname.split('/')[2] ?? ''
    const proof = cookieOf(theirs, 'begun')
    const own = `__Host-carekey_begun=${cookieOf(ours, 'begun')}`
    for (const planted of [`carekey_begun=${proof}`, `_interaction=${uid}`, `_interaction_resume=${uid}`])
      for (const cookies of bothOrders(planted, own)) {
        for (const path of [consent.url.pathname, `/oauth/authorize/${uid}`]) {
          const { status, html } = await open(path, cookies)
          expect(status).toBe(400)
          expect(html).not.toContain('Bert Becquerel')
        }
      }
    expect((await open(consent.url.pathname, [`__Host-carekey_begun=${proof}`])).html).toContain(
      'Bert Becquerel',
    )
  })
})

describe('an authorization belongs to the browser that began it', () => {
  test('eight authorizations run side by side; a ninth ends the oldest', async () => {
    const { agent, consent: first } = await signInToConsent('anna')
    const others = []
    for (let n = 0; n < 7; n++) others.push((await signInToConsent('anna', agent)).consent)
    for (const { url } of [first, ...others]) expect((await agent.open(url)).html).toContain('value="allow"')
    const { consent: ninth } = await signInToConsent('anna', agent)
    expect((await agent.open(first.url)).status).toBe(400)
    for (const { url } of [...others, ninth]) expect((await agent.open(url)).html).toContain('value="allow"')
  })

  test('a denied authorization does not open again', async () => {
    const { agent, consent } = await signInToConsent('anna')
    const before = cookieOf(agent, 'begun')
    await agent.submit(consent, { window: 'hour', decision: 'deny' })
    expect(agent.cookies.get('__Host-carekey_begun')).toBeUndefined()
    expect((await open(consent.url.pathname, [`__Host-carekey_begun=${before}`])).status).toBe(400)
  })
})
