import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { html, layout, render } from '../../../server/pages/frame/layout.ts'
import { ENGLISH } from '../../../server/pages/frame/locale.ts'
import { contentSecurityPolicy } from '../../../server/pages/frame/security-headers.ts'

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

test('F66 a page runs only its own script, by its hash', () => {
  const organization = { name: 'Riverside Clinic', about: '', color: '#000000' }
  const page = render(layout({ title: 'A page', locale: ENGLISH, organization, content: html`<p>text</p>` }))
  const scripts = [...page.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text)
  expect(scripts).toHaveLength(1)
  const hashes = scripts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  const directives = contentSecurityPolicy().split('; ')
  expect(directives).toContain(`script-src ${hashes.join(' ')}`)
  expect(directives).toContain("default-src 'none'")
  expect(directives.filter((each) => /script/.test(each))).toHaveLength(1)
})
