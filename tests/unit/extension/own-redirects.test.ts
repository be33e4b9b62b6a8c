import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { redirectAddresses } from '../../../extension/options/own-redirects.ts'
import manifest from '../../../manifest.json' with { type: 'json' }

/** Chrome's rule: the first 32 hexadecimal digits of the key's SHA-256, written with the letters from a to p. */
const chromeId = createHash('sha256')
  .update(Buffer.from(manifest.key, 'base64'))
  .digest('hex')
  .slice(0, 32)
  .replace(/./g, (digit) => 'abcdefghijklmnop'.charAt(Number.parseInt(digit, 16)))
const firefoxId = createHash('sha1').update('extension@carekey.app').digest('hex')

const chrome = { browser: 'chrome', address: `https://${chromeId}.chromiumapp.org/` }
const firefox = { browser: 'firefox', address: `https://${firefoxId}.extensions.allizom.org/` }

it('the redirect addresses are those that the fixed ids give, in both browsers', () => {
  expect(redirectAddresses(chrome.address)).toEqual([chrome, firefox])
  expect(redirectAddresses(firefox.address)).toEqual([chrome, firefox])
})

it('a build with another id shows its own first', () => {
  const own = 'https://another.chromiumapp.org/'
  expect(redirectAddresses(own)).toEqual([{ browser: 'this', address: own }, chrome, firefox])
})
