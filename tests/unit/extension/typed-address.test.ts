import { expect, it } from 'vitest'
import { typedAddress } from '../../../extension/ui/provider/host-access.ts'

it.each([
  ['records.clinic.example', 'https://records.clinic.example/'],
  [' https://records.clinic.example/fhir ', 'https://records.clinic.example/fhir'],
  ['Records.Clinic.example:8443/r4?x=1', 'https://records.clinic.example:8443/r4?x=1'],
  ['krankenhaus.köln', 'https://krankenhaus.xn--kln-sna/'],
  ['localhost:3100/fhir', 'http://localhost:3100/fhir'],
  ['127.0.0.1:3100', 'http://127.0.0.1:3100/'],
])('%s is a web address', (text, address) => {
  expect(typedAddress(text)).toBe(address)
})

it.each([
  '',
  'Riverside',
  'St. Mary',
  'Clinic 24.5',
  'https://',
  'someone@clinic.example',
  'javascript:alert(1)',
])('“%s” is none', (text) => {
  expect(typedAddress(text)).toBeUndefined()
})
