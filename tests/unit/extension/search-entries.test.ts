import { expect, it } from 'vitest'
import { foldEntries } from '../../../extension/record/lists/fold-entries.ts'
import { matchesOf } from '../../../extension/record/lists/search-entries.ts'
import { entryOf } from '../../fixtures/entries.ts'

const rows = foldEntries([
  entryOf('Condition', 'Hipertensión arterial', { date: '2019-03-04' }),
  entryOf('MedicationRequest', 'Lisinopril 10 mg', {
    details: [{ what: 'dosage', text: 'One tablet in the evening' }],
    narrative: '<div>For her <b>blood</b> pressure</div>',
  }),
  entryOf('AllergyIntolerance', 'Penicillin'),
])
const found = (query: string) => matchesOf(rows, query).map(({ entries: [entry] }) => entry.name)

it('finds an entry by all words, whatever their order, case and accents', () => {
  expect(found('ARTERIAL hipertension')).toEqual(['Hipertensión arterial'])
  expect(found('arterial penicillin')).toEqual([])
  expect(found('i')).toHaveLength(3)
})

it('searches everything that an entry shows: dates, details, the narrative, and the organization', () => {
  expect(found('2019')).toEqual(['Hipertensión arterial'])
  expect(found('evening')).toEqual(['Lisinopril 10 mg'])
  expect(found('blood pressure')).toEqual(['Lisinopril 10 mg'])
  expect(found('div')).toEqual([])
  expect(found('riverside')).toHaveLength(3)
})
