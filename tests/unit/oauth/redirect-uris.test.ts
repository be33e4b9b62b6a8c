import { describe, expect, it } from 'vitest'
import { checkLaunchUris, checkRedirectUris } from '../../../server/oauth/clients/registered-addresses.ts'

describe('a launch address', () => {
  it.each([
    'https://app.example.org/launch?tenant=1',
    'http://localhost:5173/launch',
    'chrome-extension://dalpiflagoafecnakabbknjkoiiobpmf/extension/launch/index.html',
    'moz-extension://5b0f3c2e-0000-4000-8000-000000000000/launch.html',
  ])('may be %s', (address) => {
    expect(() => checkLaunchUris({ launch_uri: address })).not.toThrow()
    expect(() => checkLaunchUris({ initiate_login_uri: address })).not.toThrow()
  })

  it.each([
    'https://:secret@app.example.org/launch',
    'https://user@app.example.org/launch',
    'chrome-extension://user:secret@dalpiflagoafecnakabbknjkoiiobpmf/launch.html',
    'https://app.example.org/la unch',
    ' https://app.example.org/launch',
    'https://app.example.org/\nlaunch',
    'https:app.example.org',
    'https:/app.example.org/',
    'https://app.example.org\\launch',
    'https://app.example.org/#launch',
    'https://a;b.test/',
    'http://evil.test/',
    'javascript:alert(1)',
    'chrome-extension://dalpiflagoafecnakabbknjkoiiobpmf/?<b>',
    `https://app.example.org/${'x'.repeat(2000)}`,
    '',
    42,
    { toString: 5 },
  ])('may not be %j', (address) => {
    for (const name of ['launch_uri', 'initiate_login_uri'])
      expect(() => checkLaunchUris({ [name]: address })).toThrow(
        expect.objectContaining({
          error: 'invalid_client_metadata',
          error_description: expect.stringMatching(new RegExp(`^${name} must be an https address, `)),
        }),
      )
  })
})

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
