import { describe, expect, it } from 'vitest'
import { checkRedirectUris } from '../../../server/oauth/clients/registration.ts'

describe('a redirect address', () => {
  it.each([
    'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/',
    'https://app.example.org/callback?tenant=1',
    'http://localhost:5173/callback',
    'http://127.0.0.1/cb',
    'http://[::1]:8080/cb',
    'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/http/localhost%3A3100/fhir',
    "https://app.example.org/@me/(a);b,c=!$&'+~[d]/e.f?g=h%20i",
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
    'https://app.example.org/a b',
    ' https://app.example.org/',
    'https://app.example.org/a\nb',
    'https://app.example.org\\callback',
    'https:app.example.org/',
    'https:/app.example.org/',
    'app.example.org/callback',
    'not an address',
    42,
  ])('may not be %s', (uri) => {
    expect(() => checkRedirectUris([uri])).toThrow(
      expect.objectContaining({
        error: 'invalid_redirect_uri',
        error_description: expect.stringMatching(
          /^redirect_uris must be https addresses, or http on localhost/,
        ),
      }),
    )
  })

  const hostOf = (length: number) =>
    'a.'
      .repeat(length)
      .slice(0, length - 'bb'.length)
      .concat('bb')

  it('may have a host of 253 characters, as DNS does (RFC 1035), and no longer one', () => {
    expect(hostOf(253)).toHaveLength(253)
    expect(() => checkRedirectUris([`https://${hostOf(253)}:8443/callback`])).not.toThrow()
    expect(() => checkRedirectUris([`https://${hostOf(254)}/callback`])).toThrow(
      expect.objectContaining({ error_description: expect.stringContaining('253 characters') }),
    )
  })
})
