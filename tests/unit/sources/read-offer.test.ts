import { expect, test } from 'vitest'
import { readOffer } from '../../../server/sources/transport/read-offer.ts'

const PATIENT = { type: 'Patient', interaction: [{ code: 'read' }] }

const answer = (types: number, names: number, padding: unknown[] = []) => ({
  status: 200,
  text: JSON.stringify({
    ...{ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', padding },
    rest: [
      {
        mode: 'server',
        searchParam: Array.from({ length: names }, (_, at) => ({ name: `p${at}` })),
        resource: [PATIENT, ...Array.from({ length: types }, (_, at) => ({ type: `Type${at}` }))],
      },
    ],
  }),
})
const read = (...of: Parameters<typeof answer>) => readOffer(answer(...of) as never, 'https://fhir.example')

test('an offer is read of so many types and names, because the two are multiplied', () => {
  const offer = read(20_000, 5_000)
  expect(offer.size).toBe(300)
  expect(offer.get('Type298')?.parameters.size).toBe(1_000)
})

test('an offer of more than 400,000 values is not read', () => {
  expect(() => read(1, 1, Array(400_001).fill(1))).toThrow('no CapabilityStatement')
})

const patients = { mode: 'server', resource: [PATIENT] }
test.each([
  ['rest is no list', patients],
  ['there is no rest', undefined],
  ['rest has a text', ['x', patients]],
  ['there is no server', [{ ...patients, mode: 'client' }]],
  ['the mode is missing', [{ resource: [PATIENT] }]],
  ['the types are no list', [{ ...patients, resource: PATIENT }]],
  ['there are no types', [{ mode: 'server' }]],
  ['a type is a list', [{ ...patients, resource: [[PATIENT], PATIENT] }]],
  ['the name of a type is a number', [{ ...patients, resource: [{ type: 1 }, PATIENT] }]],
  ['interactions are no list', [{ ...patients, resource: [{ ...PATIENT, interaction: { code: 'read' } }] }]],
  [
    'an interaction is a list',
    [{ ...patients, resource: [{ ...PATIENT, interaction: [{ code: ['read'] }] }] }],
  ],
  ['parameters are no list', [{ ...patients, resource: [{ ...PATIENT, searchParam: { name: '_id' } }] }]],
  ['parameters of all types are no list', [{ ...patients, searchParam: 'x' }]],
  ['includes are no list', [{ ...patients, resource: [{ ...PATIENT, searchInclude: 'x' }] }]],
  ['there is no Patient', [{ ...patients, resource: [{ ...PATIENT, type: 'Observation' }] }]],
  ['nobody may read a Patient', [{ ...patients, resource: [{ type: 'Patient' }] }]],
])('an offer is not used if %s', (_what, rest) => {
  const readRest = (each: unknown) =>
    readOffer(
      {
        status: 200,
        text: JSON.stringify({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', rest: each }),
      } as never,
      'https://fhir.example',
    )
  expect([...readRest([patients]).keys()]).toEqual(['Patient'])
  expect(() => readRest(rest)).toThrow('cannot be used')
})
