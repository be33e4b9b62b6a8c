import { describe, expect, test } from 'vitest'
import { patientsOf } from '../../../server/query/compartment.ts'
import { fold, indexedValues } from '../../../server/query/indexed-values.ts'

test.each([
  ['Muñoz', 'munoz'],
  ['ÅSE', 'ase'],
  ['Nguyễn', 'nguyen'],
  ['  Anna \n Maria ', 'anna maria'],
  ['Ｊａｎｅ', 'jane'],
  ['Weiß', 'weiss'],
  ['Αλέξανδρος', 'αλεξανδροσ'],
  ["O'Brien", 'obrien'],
  ['D’Angelo', 'dangelo'],
  ['Dela-Cruz', 'dela cruz'],
  ['Anne–Marie', 'anne marie'],
])('%j is folded to %j', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

test('a name is found by its parts and by the full name', () => {
  const name = [{ given: ['Jane', 'Mary'], family: 'Doe', prefix: ['Dr.'], text: 'Dr. Jane Doe' }]
  const texts = indexedValues('Patient', { name }).strings.filter(({ param }) => param === 'name')
  expect(texts.map(({ text }) => text)).toEqual([
    'Jane Mary Doe',
    'Dr. Jane Doe',
    'Jane',
    'Mary',
    'Doe',
    'Dr.',
  ])
})

test('a family or given name is found from each of its words on, and nothing else is', () => {
  const name = [{ given: ['Ming-Zhu'], family: 'de la Cruz', text: 'Ming-Zhu de la Cruz' }]
  const startsOf = (param: string) =>
    indexedValues('Patient', { name })
      .strings.filter((each) => each.param === param)
      .flatMap(({ starts }) => starts)
  expect(startsOf('family')).toEqual(['de la cruz', 'la cruz', 'cruz'])
  expect(startsOf('name').toSorted()).toEqual(
    ['ming zhu de la cruz', 'ming zhu', 'zhu', 'de la cruz', 'la cruz', 'cruz'].toSorted(),
  )
  const hospital = indexedValues('Organization', { name: 'General Hospital' }).strings
  expect(hospital.flatMap(({ starts }) => starts)).toEqual(['general hospital'])
})

test('a code has the system that its element implies', () => {
  expect(indexedValues('Patient', { gender: 'female' }).tokens).toEqual([
    { param: 'gender', system: 'http://hl7.org/fhir/administrative-gender', code: 'female' },
  ])
})

test('a malformed value is not indexed, and does no harm', () => {
  for (const wrong of [null, 7, true, 'x', [], {}, [null], [[{}]], { coding: [null, 7] }, { reference: 7 }]) {
    const resource = {
      name: wrong,
      identifier: wrong,
      birthDate: wrong,
      code: wrong,
      subject: wrong,
      effectivePeriod: wrong,
    }
    expect(() => [indexedValues('Patient', resource), indexedValues('Observation', resource)]).not.toThrow()
  }
})

describe('the compartment', () => {
  const to = (reference: string) => ({ reference })

  test.each([
    ['Patient', {}, ['own-id']],
    ['Patient', { link: [{ other: to('Patient/pb') }] }, ['own-id']],
    ['Observation', { subject: to('Patient/pa'), focus: [to('Patient/pb')] }, ['pa']],
    [
      'Observation',
      { subject: to('Patient/pa'), performer: [to('Patient/pb'), to('Patient/pa')] },
      ['pa', 'pb'],
    ],
    ['Observation', { subject: to('Group/pa') }, []],
    ['Observation', { subject: to('http://other.test/fhir/Patient/pa') }, []],
    ['Observation', { subject: { identifier: { value: 'pa' } } }, []],
    ['Observation', { subject: { reference: ['Patient/pa'] } }, []],
    ['Procedure', { subject: to('Patient/pa'), performer: [{ actor: to('Patient/pb') }] }, ['pa', 'pb']],
    ['Coverage', { beneficiary: to('Patient/pa'), payor: [to('Organization/1')] }, ['pa']],
    ['Group', { member: [{ entity: to('Patient/pa') }] }, []],
    ['Organization', { subject: to('Patient/pa') }, []],
  ])('of %s with %j is that of %j', (type, resource, patients) => {
    expect(patientsOf(type, 'own-id', resource)).toEqual(patients)
  })
})
