import { describe, expect, test } from 'vitest'
import type { Application } from '../fixtures/sign-in.ts'
import { attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()
const { ext, conf, native } = applications

/** Expects a page of the organization, and that nothing is sent to the redirect address, which may be anybody's. */
const stays = async (application: Application, redirect_uri: string | undefined, more = {}) => {
  const { page } = await ask(anna, { application, parameters: { redirect_uri, ...more } })
  expect(page.status, page.html).toBe(400)
  expect(page.url.origin).toBe(anna.server.url)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('location')).toBeNull()
  expect(page.html).not.toMatch(/<(meta[^>]+refresh|script|form)/i)
}

const host = new URL(ext.redirect_uri).host

test.each([`${ext.redirect_uri}x`, `${ext.redirect_uri}x/../`, ext.redirect_uri.slice(0, -1)])(
  'A01 the redirect address with another path, %s, is refused on a page',
  (redirect_uri) => stays(ext, redirect_uri),
)

describe('A02 a redirect address that resembles the registered one is refused on a page', () => {
  test.each([
    `https://${host}/?a=1`,
    `https://${host}./`,
    `https://${host.toUpperCase()}/`,
    `https://${host}/%2e`,
    `https://${host}@evil.test/`,
    `https://${host}:444/`,
    `https://${host}/#`,
    `http://${host}/`,
    `https://${host}/ `,
    `https://${host}.evil.test/`,
    'javascript:alert(1)',
    conf.redirect_uri,
    '',
    undefined,
  ])('%s', (redirect_uri) => stays(ext, redirect_uri))

  test('also as one of two', async () => {
    const query = new URLSearchParams({
      client_id: 'ext',
      response_type: 'code',
      redirect_uri: ext.redirect_uri,
    })
    query.append('redirect_uri', 'https://evil.test/')
    const answer = await anna.send(`/oauth/authorize?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.headers.has('location')).toBe(false)
  })

  test('also when the request has other faults', () =>
    stays(ext, 'https://evil.test/', { response_type: 'token', aud: undefined, prompt: 'none' }))
})

describe('A03 a program on this machine may listen on any port, a web address may not', () => {
  test.each([5555, 49152])('port %i', async (port) => {
    const application = { ...native, redirect_uri: `http://127.0.0.1:${port}/callback` }
    const visit = await decide(await logIn(await ask(anna, { application })))
    expect(visit.page.url.href).toMatch(`${application.redirect_uri}?`)
    expect((await post(anna, '/oauth/token', application, codeForm(visit))).status).toBe(200)
  })

  test.each([
    'http://127.0.0.1.evil.test/callback',
    'http://localhost.evil.test/callback',
    'http://127.0.0.1:5555/other',
    'http://127.0.0.1:5555@evil.test/callback',
    'http://192.168.0.1/callback',
    'http://[::1]:5555/callback',
    'https://127.0.0.1:5555/callback',
  ])('not %s', (redirect_uri) => stays(native, redirect_uri))

  test('a web address may not change its port', () =>
    stays(conf, conf.redirect_uri.replace('.example/', '.example:8443/')))
})
