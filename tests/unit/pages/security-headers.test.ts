import { describe, expect, test } from 'vitest'
import { contentSecurityPolicy } from '../../../server/pages/security-headers.ts'

describe('F66 a policy contains origins and nothing else', () => {
  test.each([
    'https://app.example.org',
    'http://localhost:5173',
    'http://[::1]:8080',
    'chrome-extension://dalpiflagoafecnakabbknjkoiiobpmf',
    'https://xn--bcher-kva.example',
  ])('%s', (origin) => {
    expect(contentSecurityPolicy(origin)).toContain(`; form-action 'self' ${origin}; `)
  })

  test.each([
    'https://a.test;script-src *',
    'https://a.test,b.test',
    'https://a.test b.test',
    'https://a.test/path',
    'https://*.a.test',
    'https:',
    '*',
    'null',
    "'unsafe-inline'",
    '',
    'https://a.test\n',
  ])('%j is not an origin', (target) => {
    expect(() => contentSecurityPolicy('https://app.example.org', target)).toThrow(TypeError)
  })
})
