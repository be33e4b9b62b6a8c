import { expect, test } from 'vitest'
import { readOffer } from '../../../server/sources/transport/read-offer.ts'

const answer = (types: number, names: number, padding: unknown[] = []) => ({
  status: 200,
  text: JSON.stringify({
    ...{ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', padding },
    rest: [
      {
        mode: 'server',
        searchParam: Array.from({ length: names }, (_, at) => ({ name: `p${at}` })),
        resource: Array.from({ length: types }, (_, at) => ({ type: `Type${at}` })),
      },
    ],
  }),
})
const read = (...of: Parameters<typeof answer>) => readOffer(answer(...of) as never, 'https://fhir.example')

test('an offer is read of so many types and names, because the two are multiplied', () => {
  const offer = read(20_000, 5_000)
  expect(offer.size).toBe(300)
  expect(offer.get('Type299')?.parameters.size).toBe(1_000)
})

test('an offer of more than 400,000 values is not read', () => {
  expect(() => read(1, 1, Array(400_001).fill(1))).toThrow('no CapabilityStatement')
})
