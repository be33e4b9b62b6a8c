import { describe, expect, it } from 'vitest'
import { checkRedirectUris } from '../../../server/oauth/clients/registration.ts'

describe('a redirect address', () => {
  it.each([
    'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/',
    'https://app.example.org/callback?tenant=1',
    'http://localhost:5173/callback',
    'http://127.0.0.1/cb',
    'http://[::1]:8080/cb',
  ])('may be %s', (uri) => {
    expect(() => checkRedirectUris([uri])).not.toThrow()
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'http://evil.test/',
    'https://app.example.org/#fragment',
    'https://*.evil.test/',
    'https://user@evil.test/',
    'http://localhost.evil.test/',
    'https://a;b.test/',
    'https://a,b.test/',
    'not an address',
    42,
  ])('may not be %s', (uri) => {
    expect(() => checkRedirectUris([uri])).toThrow(/redirect/)
  })
})
