import { describe, expect, it } from 'vitest'
import { stateFor } from '../../../extension/auth/provider/redirect-uri.ts'
import { forwardAddress } from '../../../server/oauth/relay.ts'
import { EXTENSION_ADDRESSES, redirectAddress } from '../../../values/extension-addresses.ts'

const random = 'r'.repeat(43)
const relay = 'https://records.example.org/_oauth/OAuth2Server'
const handedOn = (query: string) => forwardAddress(new URLSearchParams(query), relay)

describe('the relay', () => {
  it.each(['chrome', 'firefox'] as const)('forwards code, state and iss to the extension in %s', (family) => {
    const state = `${random}.${family}`
    const address = handedOn(`code=c%26x&state=${state}&iss=https://a.test&session_state=s&redirect_uri=x`)
    const url = new URL(address ?? '')
    const own = EXTENSION_ADDRESSES[family]
    // The extension expects the relay's answers at the same address.
    expect(`${url.origin}${url.pathname}`).toBe(redirectAddress(own, relay))
    expect(Object.fromEntries(url.searchParams)).toEqual({ code: 'c&x', state, iss: 'https://a.test' })
  })

  it('forwards an error without its free text', () => {
    const address = handedOn(`error=access_denied&error_description=words&state=${random}.chrome`)
    expect(Object.fromEntries(new URL(address ?? '').searchParams)).toEqual({
      error: 'access_denied',
      state: `${random}.chrome`,
    })
  })

  it.each([
    '',
    'code=c',
    `code=c&state=${random}`,
    `code=c&state=${random}.evil`,
    `code=c&state=${random}.constructor`,
    `code=c&state=${random}.Chrome`,
    `code=c&state=${random}.chrome.firefox`,
    `code=c&state=${random}.https://evil.test`,
    'code=c&state=short.chrome',
    `state=${random}.chrome`,
    `code=c&error=e&state=${random}.chrome`,
    `code=c&code=d&state=${random}.chrome`,
    `code=c&state=${random}.chrome&state=${random}.firefox`,
    `code=${'c'.repeat(2001)}&state=${random}.chrome`,
  ])('forwards nothing for %j', (query) => {
    expect(handedOn(query)).toBeUndefined()
  })

  it('understands the state that the extension makes', () => {
    for (const own of Object.values(EXTENSION_ADDRESSES)) {
      const state = stateFor(relay, own)
      expect(handedOn(`code=c&state=${state}`)).toBe(`${redirectAddress(own, relay)}?code=c&state=${state}`)
      expect(stateFor('', own)).not.toContain('.')
      expect(stateFor(relay, own)).not.toBe(state)
    }
  })
})
