import { expect, it } from 'vitest'
import { foldEntries } from '../../../extension/record/lists/fold-entries.ts'
import { makeTexts, matchesOf } from '../../../extension/record/lists/search-entries.ts'
import { entryOf } from '../../fixtures/entries.ts'

const rows = foldEntries([
  entryOf('Condition', 'Hipertensión arterial', { date: '2019-03-04' }),
  entryOf('MedicationRequest', 'Lisinopril 10 mg', {
    details: [{ what: 'dosage', text: 'One tablet in the evening' }],
  }),
  entryOf('AllergyIntolerance', 'Penicillin'),
])
const makeAll = (all: typeof rows) => {
  for (let at = 0; at < all.length; ) at = makeTexts(all, at)
}
makeAll(rows)
const found = (query: string) => matchesOf(rows, query).map(({ entries: [entry] }) => entry.name)

it('finds an entry by all words, whatever their order, case and accents', () => {
  expect(found('ARTERIAL hipertension')).toEqual(['Hipertensión arterial'])
  expect(found('arterial penicillin')).toEqual([])
  expect(found('i')).toHaveLength(3)
})

it('searches everything that an entry shows: dates, details, and the organization', () => {
  expect(found('2019')).toEqual(['Hipertensión arterial'])
  expect(found('evening')).toEqual(['Lisinopril 10 mg'])
  expect(found('riverside')).toHaveLength(3)
})

it('finds what was made within a moment, and the rest once it is made', () => {
  const many = Array.from({ length: 20_000 }, (_, n) =>
    entryOf('Condition', `Asthma ${n}`, { id: `asthma-${n}` }),
  )
  const all = foldEntries(many)
  expect(matchesOf(all, 'asthma')).toEqual([])
  const made = makeTexts(all)
  const { length } = matchesOf(all, 'asthma')
  expect(length).toBe(made)
  expect(length).toBeGreaterThan(0)
  makeAll(all)
  expect(matchesOf(all, 'asthma')).toHaveLength(all.length)
  expect(length).toBeLessThan(all.length)
})

it('is not delayed by a long run of marks, which takes the square of its length to put in order', () => {
  const text = `a${'\u0301\u0323'.repeat(200_000)}`
  const all = foldEntries([entryOf('Condition', 'Asthma', { details: [{ what: 'note', text }] })])
  makeAll(all)
  expect(matchesOf(all, `ASTHMA ${text}`)).toHaveLength(1)
})
