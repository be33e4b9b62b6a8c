import { describe, expect, it } from 'vitest'
import { onlyAbout } from '../../../extension/fhir/about-patient.ts'
import { readPatient } from '../../../extension/fhir/find-patients.ts'
import { shownIdentifiers } from '../../../extension/messages/patients.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem/v2-0203'
const typed = (code: string, text?: string) => ({ coding: [{ system: HL7, code }], ...(text && { text }) })

const read = (members: object) =>
  readPatient(
    onlyAbout(
      {
        read: async () => ({ resourceType: 'Patient', id: 'p', ...members }),
        search: () => Promise.reject(new Error('not searched')),
        follow: () => Promise.reject(new Error('not searched')),
      },
      { fhirBase: 'https://mock.example/fhir' },
      'p',
    ),
    'p',
  )

describe('a patient who died', () => {
  it.each([
    [{ deceasedDateTime: '1979-03-02' }, '1979-03-02'],
    // The day as written in the record, whatever the reader's time zone is.
    [{ deceasedDateTime: '1979-03-02T23:30:00-05:00' }, '1979-03-02'],
    [{ deceasedDateTime: '1979' }, '1979'],
    [{ deceasedDateTime: 'last spring' }, true],
    [{ deceasedBoolean: true }, true],
    [{ deceasedBoolean: false }, undefined],
    [{}, undefined],
  ])('with %j is %j', async (members, deceased) => {
    expect((await read(members)).deceased).toBe(deceased)
  })
})

describe('a birth date', () => {
  it.each([
    ['1970-02-28', '1970-02-28'],
    ['1970-02', '1970-02'],
    // JavaScript would read the 2nd and the 3rd of March.
    ['03.02.1970', undefined],
    ['1970-02-31', undefined],
    ['1970-13', undefined],
    ['unknown', undefined],
  ])('%j is shown as %j', async (birthDate, date) => {
    expect((await read({ birthDate })).birthDate).toBe(date)
  })
})

describe('the identifiers of a patient', () => {
  const identifier = [
    { system: 'https://github.com/synthetichealth/synthea', value: '2a1f0c4e-9d0b-4a53-8d0e-2a1f5b2f0f4e' },
    { type: typed('SS', 'Social Security Number'), value: '999-12-3456' },
    { type: typed('DL'), value: 'S99912345' },
    { system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-65-4321' },
    { type: { text: 'Passport Number' }, value: 'X1' },
    { type: { text: 'Insurance' }, value: 'I-7' },
    { type: typed('MR'), value: '112130' },
  ]

  it('begin with the record number, end with the personal ones, and contain no UUID', async () => {
    const { identifiers } = await read({ identifier })
    expect(identifiers.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'MR 112130',
      'Insurance I-7',
      'Social Security Number 999-12-3456',
      'DL S99912345',
      'http://hl7.org/fhir/sid/us-ssn 999-65-4321',
      'Passport Number X1',
    ])
  })

  it('are shown without social security, passport and licence numbers', async () => {
    expect(shownIdentifiers(await read({ identifier })).map(({ value }) => value)).toEqual(['112130', 'I-7'])
  })
})
