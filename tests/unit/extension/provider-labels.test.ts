import { describe, expect, it } from 'vitest'
import { labelsOf } from '../../../extension/auth/provider/provider-labels.ts'
import { inAscii, requireFhirBase } from '../../../extension/net/address.ts'

const labels = (...named: [name: string, fhirBase: string, clientId?: string][]) => {
  const providers = named.map(([name, fhirBase, clientId = 'carekey'], id) => ({
    id: String(id),
    name,
    fhirBase,
    clientId,
  }))
  const result = labelsOf(providers)
  return providers.map(({ id }) => result.get(id))
}

describe('F58 the label of a provider', () => {
  it.each(['Clinic 3', 'Praxis 24', 'Clinic №5', 'E3 Clinic', '0 Clinic'])('has its digits: %s', (name) => {
    expect(labels([name, 'https://a.example/fhir'])).toEqual([name])
  })

  it('is its name, if no other provider has that name', () => {
    expect(
      labels(['Riverside Clinic', 'https://a.example/fhir'], ['Pulse', 'https://b.example/fhir']),
    ).toEqual(['Riverside Clinic', 'Pulse'])
  })

  it('has the host beside it, if another provider has the same name', () => {
    expect(
      labels(
        ['Clinic', 'https://a.example/fhir'],
        ['Pulse', 'https://c.example/fhir'],
        ['Clinic', 'https://b.example:8443/fhir'],
      ),
    ).toEqual(['Clinic (a.example)', 'Pulse', 'Clinic (b.example:8443)'])
  })

  it('has the path, if the hosts are the same', () => {
    expect(labels(['Clinic', 'https://a.example/one'], ['Clinic', 'https://a.example/two'])).toEqual([
      'Clinic (a.example/one)',
      'Clinic (a.example/two)',
    ])
  })

  it('has a number, if the application is the same too', () => {
    const same: [string, string] = ['Clinic', 'https://a.example/fhir']
    expect(labels(same, ['Pulse', 'https://c.example/fhir'], same)).toEqual([
      'Clinic (a.example/fhir, carekey, 1)',
      'Pulse',
      'Clinic (a.example/fhir, carekey, 2)',
    ])
  })

  it('has the application, if everything else is the same, and no path, which tells nothing apart', () => {
    expect(
      labels(['Clinic', 'https://a.example/fhir', 'x'], ['Clinic', 'https://a.example/fhir', 'y']),
    ).toEqual(['Clinic (a.example, x)', 'Clinic (a.example, y)'])
  })

  it('has the path and the application, if neither alone tells all of them apart', () => {
    expect(
      labels(
        ['Clinic', 'https://a.example/one', 'x'],
        ['Clinic', 'https://a.example/one', 'y'],
        ['Clinic', 'https://a.example/two', 'x'],
      ),
    ).toEqual(['Clinic (a.example/one, x)', 'Clinic (a.example/one, y)', 'Clinic (a.example/two, x)'])
  })

  it.each([
    'riverside  CLINIC',
    'Riverside-Clinic',
    'Ríverside Clinic',
    'Riversid\u0435 Clinic', // Cyrillic
    'R\u0456v\u0435rs\u0456d\u0435 \u0421l\u0456n\u0456\u0441',
    'Rivers\u03b9de Clinic', // Greek
    'Riverside C1inic',
    'Riverside CIinic',
    'Ｒｉｖｅｒｓｉｄｅ Ｃｌｉｎｉｃ',
    'River\u200bside Clinic',
  ])('F77 has the host beside it, if another looks the same: %s', (name) => {
    const [one, other] = labels(
      ['Riverside Clinic', 'https://a.example/fhir'],
      [name, 'https://evil.test/fhir'],
    )
    expect(one).toBe('Riverside Clinic (a.example)')
    expect(other).toMatch(/ \(evil\.test\)$/)
  })

  it.each([
    'Riverside Clinic (a.example)',
    'Riverside Clinic a.example',
    'Riverside Clinic [a.example]',
    'https://a.example',
    'me@a',
    'Riverside Clinic \uff08a\u2024example\uff09',
    'Riverside Clinic \u2768a\u00b7example\u2769',
    'Riverside Clinic \u3014a\u3002example\u3015',
    'https\u2236\u2215\u2215a',
  ])('F77, J64 has its own host beside it, if the name already contains something like one: %s', (name) => {
    expect(
      labels(['Riverside Clinic', 'https://a.example/fhir'], [name, 'https://evil.test/fhir'])[1],
    ).toMatch(/ \(evil\.test\)$/)
  })

  it.each([
    'Riverside Clinic and Pulse',
    'Riverside Clinic y Pulse',
    'Riverside Clinic e Imagen',
    'Riverside Clinic \u0430nd Pulse', // Cyrillic
    'Riverside Clinic, Pulse',
    'Riverside Clinic & Pulse',
    'Riverside Clinic – Pulse',
    'Riverside Clinic. Nobody else read your record',
    'Riverside Clinic” (a.example) and “Pulse',
    'Nobody',
    'N\u043ebody else', // Cyrillic
    'N0body',
    'Riverside On1y',
    '50l0 Riverside',
    'N0 organization',
    'No organization',
    'The Organization',
    'Ninguna organización',
    'CAREKEY',
    'Riverside Clinic" (a.example) and "Pulse',
  ])('is never taken for a list of two, or for more of the sentence: %s', (name) => {
    const [one, other, hostile = ''] = labels(
      ['Riverside Clinic', 'https://a.example/fhir'],
      ['Pulse', 'https://b.example/fhir'],
      [name, 'https://evil.test/fhir'],
    )
    expect([one, other]).toEqual(['Riverside Clinic', 'Pulse'])
    expect(hostile).toMatch(/^“[^“”"]*” \(evil\.test\)$/)
  })

  it.each([
    ['עמותה', '\u2068עמותה\u2069'],
    ['עמותה (a.example)', '“\u2068עמותה (a.example)\u2069” (evil.test)'],
  ])('turns nothing around it, if its name is written from the right: %s', (name, label) => {
    expect(labels([name, 'https://evil.test/fhir'])).toEqual([label])
  })

  it.each(['St Mary’s Hospital', 'Klinik Süd-West 2', 'Поликлиника № 5'])(
    'J64 is its name alone, if that is plain: %s',
    (name) => {
      expect(labels([name, 'https://a.example/fhir'])).toEqual([name])
    },
  )

  it('F77 shows a host in another alphabet as it is in the address', () => {
    expect(
      labels(
        ['Clinic', requireFhirBase(inAscii('https://\u0430.example/fhir'))],
        ['Clinic', 'https://a.example/fhir'],
      ),
    ).toEqual(['Clinic (xn--80a.example)', 'Clinic (a.example)'])
  })
})
