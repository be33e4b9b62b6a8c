import { expect, test } from 'vitest'
import { browserOf } from '../../../server/oauth/consent/browser-of.ts'

const KHTML = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const named = (userAgent: string) => Object.values(browserOf(userAgent) ?? {}).join(' on ')

test.each([
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${KHTML} Chrome/143.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${KHTML} Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0`,
    'Edge on Windows',
  ],
  [`Mozilla/5.0 (X11; Linux x86_64) ${KHTML} Chrome/143.0.0.0 Safari/537.36 OPR/120.0.0.0`, 'Opera on Linux'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${KHTML} Chrome/143.0.0.0 Safari/537.36`, 'Chrome on ChromeOS'],
  [
    `Mozilla/5.0 (Linux; Android 10; K) ${KHTML} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Android 16; Mobile; rv:146.0) Gecko/146.0 Firefox/146.0', 'Firefox on Android'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0.0.0 Mobile/15E148 Safari/604.1',
    'Chrome on iPad',
  ],
])('%s is %s', (userAgent, name) => {
  expect(named(userAgent)).toBe(name)
})

test.each([
  [''],
  ['node'],
  ['curl/8.5.0'],
  ['Chrome/143.0.0.0'],
  ['Mozilla/5.0 (Windows NT 10.0)'],
  ['<b>My Chrome</b> on Windows NT'],
  [`${' '.repeat(500)}Windows NT Chrome/1`],
])('"%s" is nothing, because it does not name both', (userAgent) => {
  expect(browserOf(userAgent)).toBe(undefined)
})

test('nothing of what was sent is kept but names of the list', () => {
  expect(browserOf('Windows NT <script> Chrome/1 john@example.org')).toEqual({
    browser: 'Chrome',
    system: 'Windows',
  })
  expect(browserOf(undefined)).toBe(undefined)
})
