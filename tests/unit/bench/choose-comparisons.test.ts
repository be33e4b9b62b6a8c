import { expect, test } from 'vitest'
import { chooseComparisons } from '../../bench/choose-comparisons.ts'

const all = [
  { name: 'fhir sqlite 1,000' },
  { name: 'fhir sqlite 10,000' },
  { name: 'token' },
  { name: 'before', onlyByName: true as const },
]

const namesOf = (...names: string[]) => chooseComparisons(all, names).map(({ name }) => name)

test('without names, every benchmark runs but those that run only by name', () => {
  expect(namesOf()).toEqual(['fhir sqlite 1,000', 'fhir sqlite 10,000', 'token'])
})

test('a name chooses all benchmarks whose first word it is', () => {
  expect(namesOf('fhir')).toEqual(['fhir sqlite 1,000', 'fhir sqlite 10,000'])
  expect(namesOf('token', 'before')).toEqual(['token', 'before'])
})

test('an unknown name is refused with the names that there are', () => {
  expect(() => namesOf('token', 'behind')).toThrow(
    'There is no benchmark behind. There are fhir, token, before.',
  )
})
