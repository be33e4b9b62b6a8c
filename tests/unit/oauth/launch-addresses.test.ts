import { expect, test } from 'vitest'
import { parseLaunchUri } from '../../../server/oauth/clients/registered-addresses.ts'
import { contentSecurityPolicy } from '../../../server/pages/frame/security-headers.ts'

test.each([
  ['https://App.Example/launch', true],
  ['http://localhost:5173/launch', true],
  ['chrome-extension://dalpiflagoafecnakabbknjkoiiobpmf/launch.html', true],
  ['chrome-extension://DALPIFLAGOAFECNAKABBKNJKOIIOBPMF/launch.html', false],
  ['Chrome-Extension://Abc/launch.html', false],
  ['moz-extension://ABC-1/launch.html', false],
])('the launch address %s is accepted only if a page can name its origin', (address, isAccepted) => {
  const url = parseLaunchUri(address)
  expect(url !== null).toBe(isAccepted)
  if (url) expect(contentSecurityPolicy(`${url.protocol}//${url.host}`)).toContain(url.host)
})
