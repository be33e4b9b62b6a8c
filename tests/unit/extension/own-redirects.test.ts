import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import manifest from '../../../manifest.json' with { type: 'json' }
import { CHROME_ID, FIREFOX_ID, redirectAddresses } from '../../../values/extension-addresses.ts'

/** Chrome's rule: the first 32 hexadecimal digits of the key's SHA-256, written with the letters from a to p. */
const chromeId = createHash('sha256')
  .update(Buffer.from(manifest.key, 'base64'))
  .digest('hex')
  .slice(0, 32)
  .replace(/./g, (digit) => 'abcdefghijklmnop'.charAt(Number.parseInt(digit, 16)))
const firefoxId = createHash('sha1').update(FIREFOX_ID).digest('hex')

const base = 'https://records.example.org/fhir'
const ownOf = {
  chrome: `https://${chromeId}.chromiumapp.org/`,
  firefox: `https://${firefoxId}.extensions.allizom.org/`,
}
const path = 'https/records.example.org/fhir'
const chrome = { browser: 'chrome', address: `${ownOf.chrome}${path}` }
const firefox = { browser: 'firefox', address: `${ownOf.firefox}${path}` }

it('the redirect addresses follow from the fixed ids in both browsers', () => {
  expect(CHROME_ID).toBe(chromeId)
  expect(redirectAddresses(ownOf.chrome, base)).toEqual([chrome, firefox])
  expect(redirectAddresses(ownOf.firefox, base)).toEqual([chrome, firefox])
})

it('a build with another id shows its own first', () => {
  const own = 'https://another.chromiumapp.org/'
  const first = { browser: 'this', address: `${own}${path}` }
  expect(redirectAddresses(own, base)).toEqual([first, chrome, firefox])
})

it('F67 two providers never have the same address', () => {
  const bases = [
    'https://a.example/fhir',
    'http://localhost/fhir',
    'https://localhost/fhir',
    'https://a.example:8443/fhir',
    'https://a.example/FHIR',
    'https://a.example/fhir/r4',
    'https://a.example',
    'https://[2001:db8::1]/fhir',
  ]
  const addresses = bases.map((each) => redirectAddresses(ownOf.chrome, each)[0]?.address)
  expect(new Set(addresses).size).toBe(bases.length)
  for (const address of addresses) expect(URL.parse(address ?? '')?.href).toBe(address)
})
