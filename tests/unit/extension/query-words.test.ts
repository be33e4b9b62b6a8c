import { expect, it } from 'vitest'
import type { PatientQuery } from '../../../extension/messages/patients.ts'
import { queryWords } from '../../../extension/popup/search/search-end.tsx'

it.each([
  [{ anything: { names: ['jane'], birthdate: '1980' } }, 'with the name “jane” and born in 1980'],
  [{ anything: { numbers: ['112130', 'MR 112130'] } }, 'with the number 112130'],
  [{ anything: { birthdate: '1980-01-15' } }, 'born on 15 Jan 1980'],
  [
    { fullName: 'Jane Do', gender: 'female', birthdate: 'ge1980' },
    'named exactly “Jane Do”, recorded as female and with the birthdate ge1980',
  ],
  [
    { given: 'Jane', family: 'Doe', identifier: 'MR 1' },
    'with the given name “Jane”, with the family name “Doe” and with the number MR 1',
  ],
] as [PatientQuery, string][])('%j looked for patients %s', (query, words) => {
  expect(queryWords(query)).toBe(words)
})
