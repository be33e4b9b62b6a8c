import { expect, it } from 'vitest'
import { readPatientWords } from '../../../server/oauth/launch/read-patient-words.ts'

const now = new Date(Date.UTC(2026, 10, 25))
const read = (typed: string, language = 'en-US') => readPatientWords(typed, language, now)

it.each([
  ['doe', { names: ['doe'] }],
  ['DOE, john', { names: ['DOE', 'john'] }],
  ['May June', { names: ['May', 'June'] }],
  ['Mrs. Jane Doe', { names: ['Jane', 'Doe'] }],
  ['Dña. Ana', { names: ['Ana'] }],
  ['Miss', { names: ['Miss'] }],
  ['#112130', { numbers: ['112130'] }],
  ['Sr. Doe MR #112130', { names: ['Doe'], numbers: ['112130', 'MR 112130'] }],
  ['112130', { numbers: ['112130'] }],
  ['jane 1980', { names: ['jane'], birthdate: '1980' }],
  ['MR 1980', { numbers: ['1980', 'MR 1980'] }],
  ['485 777 1980', { numbers: ['485 777 1980', '4857771980'] }],
  ['mr104211', { numbers: ['mr104211', '104211', 'mr 104211', 'MR104211', 'MR 104211'] }],
  ['MR 112130', { numbers: ['112130', 'MR 112130'] }],
  [
    'Número de historia clínica 77-B',
    { numbers: ['77-B', 'Número de historia clínica 77-B', 'NÚMERO DE HISTORIA CLÍNICA 77-B'] },
  ],
  ['485 777 3456', { numbers: ['485 777 3456', '4857773456'] }],
  ['http://hospital.example/ids|10024', { numbers: ['http://hospital.example/ids|10024'] }],
  ['doe 15.1.1980', { names: ['doe'], birthdate: '1980-01-15' }],
  ['1980-01-15 Jane Doe', { names: ['Jane', 'Doe'], birthdate: '1980-01-15' }],
  ['Doe MR 10024', { names: ['Doe'], numbers: ['10024', 'MR 10024'] }],
  ['  , ', {}],
])('%s is read as names, a birth date and numbers', (typed, words) => {
  expect(read(typed)).toEqual(words)
})

it.each([
  ['1980-1-5', 'en-US', '1980-01-05'],
  ['15. 1. 1980', 'de', '1980-01-15'],
  ['1/2/27', 'en-US', '1927-01-02'],
  ['15/1/1980', 'en-US', '1980-01-15'],
  ['3/4/1980', 'en-US', '1980-03-04'],
  ['3/4/1980', 'en-GB', '1980-04-03'],
  ['3/4/1980', 'es', '1980-04-03'],
  ['3.4.1980', 'en-US', '1980-04-03'],
  ['15 de enero de 1980', 'es-MX', '1980-01-15'],
  ['15 Jan 1980', 'es', '1980-01-15'],
  ['January 15th 1980', 'en-GB', '1980-01-15'],
  ['Sept 1980', 'en-GB', '1980-09'],
  ['1980', 'en-US', '1980'],
])('%s in %s is a birth date', (typed, language, birthdate) => {
  expect(read(typed, language)).toEqual({ birthdate })
})

it.each(['31.2.1980', '2023-02-29', '13/13/1980', '0 May 1980'])('%s is no date', (typed) => {
  expect(read(typed)).toBe('no-such-date')
})
