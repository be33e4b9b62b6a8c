import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authorizationUrl, discover } from '../fixtures/sign-in.ts'
import { applications } from './people.ts'
import { type Method, openSurface, type Surface } from './whole-surface.ts'

const fetchMetadata = (site: string, mode: string, dest: string, more: Record<string, string> = {}) => ({
  'sec-fetch-site': site,
  'sec-fetch-mode': mode,
  'sec-fetch-dest': dest,
  ...more,
})
const ELSEWHERE = { origin: 'https://elsewhere.example' }

/** What the pages of another site can load by themselves, as browsers describe it. */
const SUBRESOURCES: Record<string, Record<string, string>> = {
  '<img>': fetchMetadata('cross-site', 'no-cors', 'image'),
  '<script>': fetchMetadata('cross-site', 'no-cors', 'script'),
  '<video>': fetchMetadata('cross-site', 'no-cors', 'video'),
  '<iframe>': fetchMetadata('cross-site', 'navigate', 'iframe'),
  '<frame>': fetchMetadata('cross-site', 'navigate', 'frame'),
  '<object>': fetchMetadata('cross-site', 'navigate', 'object'),
  '<embed>': fetchMetadata('cross-site', 'navigate', 'embed'),
  '<fencedframe>': fetchMetadata('cross-site', 'navigate', 'fencedframe'),
  '<link rel=prefetch>': fetchMetadata('cross-site', 'no-cors', 'empty', { 'sec-purpose': 'prefetch' }),
  'speculation rules': fetchMetadata('cross-site', 'navigate', 'document', { 'sec-purpose': 'prefetch' }),
  'speculation rules in Chromium': fetchMetadata('none', 'navigate', 'document', {
    'sec-purpose': 'prefetch',
  }),
  prerendering: fetchMetadata('cross-site', 'navigate', 'document', { 'sec-purpose': 'prefetch;prerender' }),
  'fetch without CORS': fetchMetadata('cross-site', 'no-cors', 'empty'),
  'fetch with CORS': fetchMetadata('cross-site', 'cors', 'empty', ELSEWHERE),
  'a WebSocket': fetchMetadata('cross-site', 'websocket', 'websocket', ELSEWHERE),
  'a neighbouring subdomain': fetchMetadata('same-site', 'no-cors', 'image'),
  'a download': fetchMetadata('cross-site', 'navigate', 'empty'),
  'no mode': { 'sec-fetch-site': 'cross-site' },
  'a word of tomorrow': fetchMetadata('elsewhere', 'load', 'whatever'),
}
const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST']

/** Requests of people and of programs, which are answered as ever. */
const ASKED_FOR: Record<string, Record<string, string>> = {
  'a link on another site': fetchMetadata('cross-site', 'navigate', 'document', { 'sec-fetch-user': '?1' }),
  'a redirect from another site': fetchMetadata('cross-site', 'navigate', 'document'),
  'a bookmark': fetchMetadata('none', 'navigate', 'document', { 'sec-fetch-user': '?1' }),
  'an extension': fetchMetadata('none', 'cors', 'empty'),
  'a page of this site': fetchMetadata('same-origin', 'navigate', 'document'),
  'the stylesheet of a page of this site': fetchMetadata('same-origin', 'no-cors', 'style'),
  'a program': {},
  'a program that names a mode': { 'sec-fetch-mode': 'cors' },
}

let surface: Surface
let authorize: string
beforeAll(async () => {
  surface = await openSurface()
  const { ext: application } = applications
  const server = await discover(surface.url)
  const url = await authorizationUrl(
    server,
    { application, scope: 'launch/patient patient/*.rs' },
    'v'.repeat(43),
  )
  authorize = `${url.pathname}${url.search}`
})
afterAll(() => surface.close())

const targets = () => [
  ...[...surface.routes.keys()].map((url) => url.replace('/*', '/Patient/pb').replace(/:\w+/g, 'nobodys')),
  authorize,
  `${authorize}&prompt=none`,
  '/login?next=/account',
  '/account/log/download',
  '/oauth/logout',
  '/nowhere',
]

describe('J12 what a page of another site loads by itself is refused, and leaves nothing', () => {
  test.each(Object.entries(SUBRESOURCES))('%s', { timeout: 60_000 }, async (_name, headers) => {
    const before = await surface.traces()
    const answered: string[] = []
    for (const target of targets())
      for (const method of METHODS) {
        const kind = await surface.ask(method, target, 'nobody', headers)
        // Documents for everybody's pages may be read with CORS, and hold nothing about anybody.
        if (kind !== '403 empty') answered.push(`${method} ${target}: ${kind}`)
      }
    const isWithCors = headers['sec-fetch-mode'] === 'cors'
    expect(answered.filter((each) => !(isWithCors && PUBLIC.test(each)))).toEqual([])
    expect(await surface.traces()).toEqual(before)
  })

  const PUBLIC =
    /^(GET|HEAD) \/(metadata|fhir\/metadata|(fhir\/)?\.well-known\/|oauth\/jwks|audit\/|brands|smart-style)/

  test('also with the token of a person', async () => {
    const before = await surface.traces()
    expect(await surface.ask('GET', '/fhir/Patient/pa', 'patient', SUBRESOURCES['<img>'])).toBe('403 empty')
    expect(await surface.traces()).toEqual(before)
  })
})

describe('J12 what a person or a program asks for is answered', () => {
  test.each(Object.entries(ASKED_FOR))('%s', async (_name, headers) => {
    expect(await surface.ask('GET', authorize, 'nobody', headers)).toMatch(/^303 \/login\//)
    expect(await surface.ask('GET', '/login', 'nobody', headers)).toBe('200 page')
    expect(await surface.ask('GET', '/_oauth/OAuth2Server', 'nobody', headers)).toBe('400 page')
    expect(await surface.ask('GET', '/ehr', 'nobody', headers)).toBe('303 /login')
    expect(await surface.ask('GET', '/fhir/Patient/pa', 'patient', headers)).toBe('200 fhir')
    expect(await surface.ask('POST', '/oauth/token', 'nobody', headers)).toBe('400 error')
  })

  test('the page of a registered application, with CORS', async () => {
    const { origin } = new URL(applications.conf.redirect_uri)
    const headers = fetchMetadata('cross-site', 'cors', 'empty', { origin })
    expect(await surface.ask('GET', '/fhir/Patient/pa', 'patient', headers)).toBe('200 fhir')
    expect(await surface.ask('POST', '/oauth/token', 'nobody', headers)).toBe('400 error')
    expect(await surface.ask('GET', authorize, 'nobody', headers)).toBe('403 empty')
  })
})
