import { expect, it } from 'vitest'
import { Disclosure, MOST_CONCERNED } from '../../../server/fhir/access/disclosure.ts'
import { FhirError } from '../../../server/fhir-error.ts'

const people = (count: number) => Array.from({ length: count }, (_, at) => `p${at}`)
const open = (disclosure: Disclosure<string>) => {
  const trail = { concerned: [] as { patients: readonly string[] }[] }
  try {
    return { trail, value: disclosure.openFor(trail) }
  } catch (error) {
    return { trail, error }
  }
}

it('J41 a value that concerns as many patients as an answer may is disclosed, and each of them is on the trail', () => {
  const { value, trail } = open(Disclosure.of('value', { patients: people(MOST_CONCERNED) }))
  expect([value, trail.concerned[0]?.patients.length]).toEqual(['value', MOST_CONCERNED])
})

it.each([
  ['a value', Disclosure.of('value', { patients: people(100_000) })],
  ['a refusal', Disclosure.refused(new FhirError(403, 'forbidden', 'x', 'x'), { patients: people(100_000) })],
])(
  'J41 %s that concerns too many patients is refused, and has no more entries than it may',
  (_what, disclosure) => {
    const { error, trail } = open(disclosure)
    expect(error).toMatchObject({ status: 403 })
    expect(trail.concerned[0]?.patients).toEqual(people(MOST_CONCERNED + 1))
  },
)
