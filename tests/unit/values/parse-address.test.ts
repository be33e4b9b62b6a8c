import { describe, expect, test } from 'vitest'
import { parseAddress, requireUrl } from '../../../values/parse-address.ts'

/** A name of many different letters, for which `URL` takes quadratic time. */
const label = Array.from({ length: 300 }, (_, at) => String.fromCodePoint(0x4e00 + at * 7)).join('')
const BASE = 'https://records.example/fhir/'

describe('F75 an address', () => {
  test.each([
    'https://records.example/fhir',
    'HTTP://a_b.example:8080',
    'http://[::1]:3000/fhir?x=ä b#é',
    'https://user:word@records.example?x',
    'chrome-extension://dalpiflagoafecnakabbknjkoiiobpmf/launch.html',
    `https://${'a'.repeat(60)}.example/${'é'.repeat(1_500)}`,
  ])('with a plain host is parsed: %s', (text) => {
    expect(parseAddress(text)?.href).toBe(new URL(text).href)
    expect(parseAddress(text, { base: BASE })?.href).toBe(new URL(text).href)
  })

  test.each(['?page=2', '', 'Patient/pa', '/fhir/Patient?name=a b', '//other.example/x', '#é', 'é/x'])(
    'that is relative is parsed against a base only: %s',
    (text) => {
      expect(parseAddress(text, { base: BASE })?.href).toBe(new URL(text, BASE).href)
      expect(parseAddress(text)).toBeNull()
    },
  )

  const hostile = [
    ...[`http://${label}/x`, `//${label}`, `\\\\${label}`, `/\\${label}`, `\\/${label}`, `///${label}`],
    ...[`http:${label}`, `http:/${label}`, `http:\\\\${label}`, `http:///${label}`, `https:\\${label}`],
    ...[`http://a@${label}`, `http://${encodeURIComponent(label)}`, `file://${label}`, `wss:${label}`],
    ...[
      ` http://${label}`,
      `\u0000http://${label}`,
      `h\tttp://${label}`,
      `http:/\n/${label}`,
      `/\t/${label}`,
    ],
    ...[`http://a\n${label}`, `http://a${label}`, `http://a%41${label}`, `blob:http://${label}/x`],
  ]
  test.each(hostile.map((text) => [text.replace(label, 'ä…').slice(0, 40), text]))(
    'never comes to `URL` with a host that is not plain, in whatever spelling: %j',
    (_name, text) => {
      expect(parseAddress(text)).toBeNull()
      expect(parseAddress(text, { base: BASE })).toBeNull()
      expect(() => requireUrl(text)).toThrow(TypeError)
    },
  )

  test('is none with a longer host than a name can have, or beyond the length of its use', () => {
    expect(parseAddress(`https://${'a'.repeat(320)}/`)).not.toBeNull()
    expect(parseAddress(`https://${'a'.repeat(321)}/`)).toBeNull()
    const text = `https://a.example/${'x'.repeat(1_982)}`
    expect(parseAddress(text)).not.toBeNull()
    expect(parseAddress(`${text}x`)).toBeNull()
    expect(parseAddress(`${text}x`, { longest: 2_001 })).not.toBeNull()
    expect(parseAddress(text, { longest: 1_999 })).toBeNull()
  })
})
