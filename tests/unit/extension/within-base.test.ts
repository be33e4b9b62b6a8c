import { describe, expect, it } from 'vitest'
import { isWithin, linkWithin, segmentsWithin } from '../../../extension/net/address.ts'

const base = 'https://example.org/fhir'

describe('F08 an address lies within a base', () => {
  it.each([
    'https://example.org/fhir',
    'https://example.org/fhir/',
    'https://example.org/fhir?_getpages=7a1&_getpagesoffset=20',
    'https://example.org/fhir/Patient/1',
    'https://example.org/fhir/Patient/a-1.2/$everything?page=..%2f..%2f',
    'https://example.org/fhir/Observation/_search?ct=x%2Fy',
    'https://example.org/fhir/__page/eyJhIjoxfQ==',
    'https://example.org:443/fhir/Patient/1',
  ])('at %s', (address) => {
    expect(isWithin(base, new URL(address))).toBe(true)
  })

  it('even if the base has escapes', () => {
    const tenant = 'https://example.org/a%20b/fhir'
    expect(isWithin(tenant, new URL('https://example.org/a%20b/fhir/Patient/1'))).toBe(true)
    expect(linkWithin(tenant, `${tenant}/Patient?page=2`, `${tenant}/Patient`)?.href).toContain('page=2')
    expect(isWithin(tenant, new URL('https://example.org/a%2020/fhir/Patient/1'))).toBe(false)
  })

  it('that ends with a slash', () => {
    expect(isWithin('https://example.org/', new URL('https://example.org/Patient/1'))).toBe(true)
  })
})

it.each([
  'https://example.org/fhir',
  'https://example.org/fhir/',
  'https://example.org',
  'https://example.org/',
])('J58 the segments of an address below the base %s begin after it', (base) => {
  const segmentsOf = (path: string) => segmentsWithin(base, new URL(`${base.replace(/\/$/, '')}${path}`))
  expect(segmentsOf('/Patient/1/$everything')).toEqual(['Patient', '1', '$everything'])
  expect(segmentsOf('/Condition?patient=1')).toEqual(['Condition'])
  for (const path of ['', '/', '?_getpages=7a1']) expect(segmentsOf(path)).toEqual([])
  expect(segmentsOf('/%50atient/1')).toBeUndefined()
})

const ways = [
  'https://example.org/fhirevil/Patient/1',
  'https://example.org/FHIR/Patient/1',
  'https://example.org/%66hir/Patient/1',
  'https://example.org.evil.test/fhir/Patient/1',
  'https://example.org@evil.test/fhir/Patient/1',
  'https://me:secret@example.org/fhir/Patient/1',
  'http://example.org/fhir/Patient/1',
  'https://example.org:8443/fhir/Patient/1',
  // Decoded once or twice, by a proxy or by the server behind it.
  `${base}/..%2f..%2fadmin`,
  `${base}/..%2F..%2Fadmin`,
  `${base}/..%252f..%252fadmin`,
  `${base}/%2e%2e%2fadmin`,
  `${base}/%252e%252e/admin`,
  `${base}/%c0%ae%c0%ae/admin`,
  `${base}/%u002e%u002e/admin`,
  `${base}/\uff0e\uff0e/admin`,
  // Another separator.
  `${base}/..%5c..%5cadmin`,
  `${base}/..%5C..%5Cadmin`,
  // A path parameter, which some servers remove before they look at the dots.
  `${base}/..;/..;/admin`,
  `${base}/..;x=1/admin`,
  `${base}/Patient;jsessionid=1/admin`,
  `${base}/.;/admin`,
  // Characters that are removed on the way.
  `${base}/..%00/admin`,
  `${base}/..%09/admin`,
  `${base}/..%20/admin`,
  `${base}/.../admin`,
  `${base}//admin`,
  `${base}/Patient//..%2f`,
]

it.each(ways)('F08 %s is not within the base', (address) => {
  expect(isWithin(base, new URL(address))).toBe(false)
})

it.each([
  ...ways,
  // The browser resolves these before they can be checked.
  `${base}/%2e%2e/%2e%2e/admin`,
  `${base}/../fhir/Patient`,
  `${base}/Patient/%2e%2E/Observation`,
  `${base}/Patient/.%2e/Observation`,
  `${base}/Patient/..`,
  `${base}\\..\\Patient`,
  `${base}/Patient/.\t./Observation`,
  `${base}/Patient/.\u00ad./Observation`,
  '../../admin',
  '..\\..\\admin',
  '..;/..;/admin',
  '%2e%2e/admin',
  '/admin',
  '//evil.test/fhir/Patient',
  '\\\\evil.test\\fhir',
  'javascript:alert(1)',
  'data:application/json,{}',
  'https://',
])('F08 a link %s leads nowhere', (link) => {
  expect(linkWithin(base, link, `${base}/Observation?patient=1`)).toBeUndefined()
})

it.each([
  ['?page=2', `${base}/Observation?page=2`],
  ['Observation?page=2', `${base}/Observation?page=2`],
  ['/fhir?_getpages=1', `${base}?_getpages=1`],
  [`${base}/Observation?page=..%2f..%2f`, `${base}/Observation?page=..%2f..%2f`],
  // A page that names itself must not look like another page.
  ['?page=2#3', `${base}/Observation?page=2`],
])('F08 a link %s leads to %s', (link, address) => {
  expect(linkWithin(base, link, `${base}/Observation?patient=1`)?.href).toBe(address)
})
