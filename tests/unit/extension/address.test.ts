import { describe, expect, it } from 'vitest'
import {
  inAscii,
  requireAddress,
  requireFhirBase,
  requireTypedAddress,
} from '../../../extension/net/address.ts'

const codeOf = (work: () => unknown) => {
  try {
    work()
    return 'accepted'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('checklist E1 an address of an organization', () => {
  it.each([
    ['https://fhir.example.org/r4', 'accepted'],
    ['http://localhost:3100/fhir', 'accepted'],
    ['http://127.0.0.1:3100/fhir', 'accepted'],
    ['http://[::1]:3100/fhir', 'accepted'],
    [' https://fhir.example.org/r4 ', 'accepted'],
    [`https://fhir.example.org/${'x'.repeat(1_975)}`, 'accepted'],
    [`https://fhir.example.org/${'x'.repeat(1_976)}`, 'invalid-input'],
    [`https://fhir.example.org/${'é'.repeat(330)}`, 'invalid-input'],
    ['http://fhir.example.org/r4', 'insecure-address'],
    ['http://localhost.evil.test/', 'insecure-address'],
    ['http://169.254.169.254/latest/meta-data', 'private-address'],
    ['http://10.0.0.1/metadata', 'private-address'],
    ['https://0x0a.1/metadata', 'private-address'],
    ['https://192.168.1.1/', 'private-address'],
    ['https://172.20.0.1/', 'private-address'],
    ['https://[fd00::1]/', 'private-address'],
    ['https://[::ffff:10.0.0.1]/', 'private-address'],
    ['https://198.18.0.1/', 'private-address'],
    ['https://224.0.0.1/', 'private-address'],
    ['https://240.0.0.1/', 'private-address'],
    ['https://203.0.113.1/', 'private-address'],
    ['https://[::ffff:0:7f00:1]/', 'private-address'],
    ['https://[64:ff9b::8.8.8.8]/', 'private-address'],
    ['https://[2002:a00:1::]/', 'private-address'],
    ['https://[fec0::1]/', 'private-address'],
    ['https://8.8.8.8/', 'accepted'],
    ['http://8.8.8.8/', 'insecure-address'],
    ['https://[2606:4700::1111]/', 'accepted'],
    ['http://2130706433/', 'accepted'],
    ['gopher://example.org/', 'invalid-input'],
    ['file:///etc/passwd', 'invalid-input'],
    ['javascript:alert(1)', 'invalid-input'],
    ['https://user@example.org/', 'invalid-input'],
    ['https://example.org/#x', 'invalid-input'],
    [`https://example.org/${'a'.repeat(3000)}`, 'invalid-input'],
    ['', 'invalid-input'],
  ])('%s is %s', (address, expected) => {
    expect(codeOf(() => requireAddress(address))).toBe(expected)
  })
})

describe('an address that a server compares letter by letter', () => {
  it.each([
    'https://app.example.org',
    'https://app.example.org/',
    'https://APP.example.org:443/A%7e/../b',
    'http://localhost:3100',
  ])('stays as it was typed: %s', (address) => {
    expect(requireTypedAddress(` ${address} `, 'redirectUri')).toBe(address)
  })

  it.each([
    'https://app.example.org/a b',
    'https://app.example.org/a\tb',
    'https://app.exam\nple.org',
    'https://app.example.org/\u0007',
    'http://app.example.org',
    'https://app.example.org/#a',
  ])('is refused if it is none, or if a parser would leave out a part of it: %j', (address) => {
    expect(codeOf(() => requireTypedAddress(address, 'redirectUri'))).not.toBe('accepted')
  })
})

describe('F75 a host outside ASCII', () => {
  const international = 'https://krankenhaus.köln/fhir'
  const plain = 'https://krankenhaus.xn--kln-sna/fhir'

  it('is taken from who types it, in ASCII', () => {
    expect(requireFhirBase(inAscii(` ${international} `))).toBe(plain)
    expect(requireTypedAddress(international, 'redirectUri')).toBe(plain)
    expect(inAscii('no address')).toBe('no address')
  })

  it('is none in what an organization sends', () => {
    expect(codeOf(() => requireAddress(international))).toBe('invalid-input')
    expect(codeOf(() => requireAddress(plain))).toBe('accepted')
  })
})

describe('a FHIR base', () => {
  it.each([
    'https://example.org/fhir/',
    'https://example.org/fhir//',
    'https://EXAMPLE.org/fhir',
    'HTTPS://example.org:443/fhir/',
    'https://example.org./fhir',
    'https://example.org/fhir?',
    'https://example.org/fhir/#',
    'https://example.org/r4/../fhir/.',
  ])('has one spelling: %s', (spelled) => {
    expect(requireFhirBase(spelled)).toBe('https://example.org/fhir')
  })

  it.each([
    'https://example.org/FHIR',
    'https://example.org:8443/fhir',
    'http://localhost/fhir',
    'https://www.example.org/fhir',
  ])('that is another one stays another: %s', (other) => {
    expect(requireFhirBase(other)).toBe(other)
  })

  it('has no query', () => {
    expect(codeOf(() => requireFhirBase('https://example.org/fhir?x=1'))).toBe('invalid-input')
  })
})
