import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, decide, logIn, type Visit } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const cookiesOf = ({ agent }: Visit) =>
  [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')

const formTokenOf = ({ page }: Visit) => /name="form_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''

const consents = () => anna.server.store.db.selectFrom('consent').selectAll().execute()

describe('A26 a consent that another site submits is refused, and nothing is granted', () => {
  const forged = [
    ['from another origin without a form token', 'https://evil.test', undefined],
    ['from another origin with the token of an earlier form', 'https://evil.test', 'earlier'],
    ['from another origin even with the right token', 'https://evil.test', 'right'],
    ['from an origin that is not told, without a form token', 'null', undefined],
    ['from here with the token of an earlier form', 'here', 'earlier'],
    ['from here without a form token', 'here', undefined],
  ] as const

  test.each(forged)('%s', async (_name, origin, form) => {
    const earlier = await logIn(await ask(anna))
    const visit = await logIn(await ask(anna))
    const before = await consents()
    const formToken = { earlier: formTokenOf(earlier), right: formTokenOf(visit) }
    expect(formToken.right).not.toBe(formToken.earlier)
    const answer = await anna.send(visit.page.url.pathname, {
      method: 'POST',
      headers: {
        cookie: cookiesOf(visit),
        origin: origin === 'here' ? anna.server.url : origin,
      },
      body: new URLSearchParams({
        decision: 'allow',
        allow: 'observations',
        window: 'open',
        ...(form && { form_token: formToken[form] }),
      }),
    })
    expect(answer.status).toBe(403)
    expect(answer.headers.has('location')).toBe(false)
    expect(await consents()).toEqual(before)

    const { page } = await decide(visit)
    expect(page.url.searchParams.has('code'), 'the person may still decide').toBe(true)
  })

  test('a sign-in that another site submits is refused too', async () => {
    const visit = await ask(anna)
    const answer = await anna.send(visit.page.url.pathname, {
      method: 'POST',
      headers: { cookie: cookiesOf(visit), origin: 'https://evil.test' },
      body: new URLSearchParams({ username: 'anna', password: 'anna-demo' }),
    })
    expect(answer.status).toBe(403)
  })

  test('cookies are out of reach of scripts and of forms of other sites', async () => {
    const cookies: string[] = []
    const watched: typeof fetch = async (...request) => {
      const response = await anna.fetch(...request)
      cookies.push(...response.headers.getSetCookie())
      return response
    }
    await decide(await logIn(await ask({ ...anna, server: anna.server, fetch: watched })))
    expect(cookies.length).toBeGreaterThan(0)
    for (const cookie of cookies) {
      expect(cookie).toMatch(/;\s*httponly/i)
      expect(cookie).toMatch(/;\s*samesite=(lax|strict)/i)
    }
  })
})

describe('A27 no page can be framed', () => {
  const framed = (visit: { page: { headers: Headers; html: string } }) => {
    const { headers, html } = visit.page
    expect(headers.get('content-type')).toContain('text/html')
    expect(html).toContain('<html')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe-inline|unsafe-eval/)
    expect(headers.get('x-frame-options')).toBe('DENY')
  }

  test('the sign-in page, also after a wrong password', async () => {
    const visit = await ask(anna)
    framed(visit)
    const { agent, page } = visit
    framed({ page: await agent.submit(page, { username: 'anna', password: 'wrong password' }) })
  })

  test('the consent page, also when nothing was chosen', async () => {
    const visit = await logIn(await ask(anna))
    framed(visit)
    const { agent, page } = visit
    framed({ page: await agent.submit(page, { decision: 'allow', allow: '' }) })
  })

  test('the error page for a request that may not be redirected', async () => {
    const visit = await ask(anna, {
      application: { ...applications.ext, redirect_uri: 'https://evil.example/' },
    })
    expect(visit.page.status).toBe(400)
    framed(visit)
  })

  test('the error page for a form from another site', async () => {
    const visit = await ask(anna)
    const { agent, page } = visit
    const answer = await agent.submit(page, {
      form_token: 'another',
      username: 'anna',
      password: 'anna-demo',
    })
    expect(answer.status).toBe(403)
    framed({ page: answer })
  })

  test('the page for a sign-in that is over, or that is another browser’s', async () => {
    const visit = await ask(anna)
    const { headers, text, status } = await anna.send(visit.page.url.pathname)
    expect(status).toBe(400)
    framed({ page: { headers, html: text } })
  })
})
