import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { applications } from './people.ts'

const anna = attack()

const STRANGERS = [
  'https://evil.test',
  'null',
  'http://evil.example',
  'https://evil.example:8443',
  'https://evil.example.evil.test',
  'https://sub.evil.example',
]

const GUARDED = [
  ['GET', '/fhir/Patient/pa'],
  ['GET', '/fhir/Observation?patient=pa'],
  ['GET', '/fhir/Patient/no-such-id'],
  ['POST', '/fhir/Observation/_search'],
  ['POST', '/fhir'],
  ['POST', '/oauth/token'],
  ['POST', '/oauth/revoke'],
  ['POST', '/oauth/introspect'],
  ['POST', '/oauth/register'],
  ['GET', '/oauth/userinfo'],
  ['GET', '/oauth/authorize'],
] as const

const PUBLIC = [
  '/metadata',
  '/fhir/metadata',
  '/fhir/.well-known/smart-configuration',
  '/.well-known/smart-configuration',
  '/.well-known/openid-configuration',
  '/oauth/jwks',
]

const preflight = (origin: string, method: string, headers = 'authorization') => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': headers,
  },
})

describe('B34 a page of an unregistered origin may send no request and read no answer', () => {
  test.each(GUARDED)('%s %s', async (method, path) => {
    for (const origin of STRANGERS) {
      const answer = await anna.send(path, preflight(origin, method))
      expect(answer.headers.get('access-control-allow-origin'), origin).toBeNull()
      expect(answer.text).toBe('')
      const body = method === 'POST' ? { body: new URLSearchParams({ grant_type: 'password' }) } : {}
      for (const as of ['TA', undefined] as const) {
        const answer = await anna.send(path, { method, headers: { origin }, ...(as && { as }), ...body })
        expect(answer.headers.get('access-control-allow-origin'), origin).toBeNull()
        expect(answer.headers.get('access-control-allow-credentials'), origin).toBeNull()
      }
    }
  })

  test.each(['/login', '/account', '/ehr'])(
    '%s, where cookies identify the caller, is open to no origin',
    async (path) => {
      for (const origin of [...STRANGERS, new URL(applications.evil.redirect_uri).origin])
        for (const init of [preflight(origin, 'POST'), { headers: { origin } }]) {
          const { headers } = await anna.send(path, init)
          expect(headers.get('access-control-allow-origin')).toBeNull()
          expect(headers.get('access-control-allow-credentials')).toBeNull()
        }
    },
  )
})

describe('B34 public answers may be read by any page, without credentials', () => {
  test.each(PUBLIC)('%s', async (path) => {
    for (const init of [
      { headers: { origin: 'https://evil.test' } },
      preflight('https://evil.test', 'GET'),
    ]) {
      const { headers } = await anna.send(path, init)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-allow-credentials')).toBeNull()
    }
  })
})

test('B34 the origin of a registered application is named in the answer, and cookies are not allowed', async () => {
  const { origin } = new URL(applications.evil.redirect_uri)
  for (const init of [preflight(origin, 'GET'), { as: 'TA', headers: { origin } } as const]) {
    // The base itself accepts a batch.
    for (const path of ['/fhir/Patient/pa', '/fhir']) {
      const { headers } = await anna.send(path, init)
      expect(headers.get('access-control-allow-origin')).toBe(origin)
      expect(headers.get('vary')).toMatch(/\borigin\b/i)
      expect(headers.get('access-control-allow-credentials')).toBeNull()
    }
  }
})
