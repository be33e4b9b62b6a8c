import { describe, expect, it } from 'vitest'
import { readBirthdate, readSearchWords } from '../../../values/search-words.ts'

const now = new Date(2026, 10, 25)
const read = (input: string, locale = 'en-US') => readSearchWords(input, locale, now)

describe('text in the one box', () => {
  it.each([
    ['doe', ['doe']],
    ['DOE, john', ['DOE', 'john']],
    ['Mary Ann van-Doe', ['Mary', 'Ann', 'van-Doe']],
    ["O'Brien", ["O'Brien"]],
    ['May June', ['May', 'June']],
    ['张 无忌', ['张', '无忌']],
    ['Mrs. Jane Doe', ['Jane', 'Doe']],
    ['Doe, Dr Jane', ['Doe', 'Jane']],
    ['Sra. Dela Cruz', ['Dela', 'Cruz']],
    ['Dña. Ana', ['Ana']],
    ['Miss', ['Miss']],
  ])('%s is a name', (input, names) => {
    expect(read(input)).toEqual({ names })
  })

  it.each([
    ['1980-01-15', 'en-US', '1980-01-15'],
    ['1980-1-5', 'en-US', '1980-01-05'],
    ['1980-01', 'en-US', '1980-01'],
    ['15.1.1980', 'en-US', '1980-01-15'],
    ['15. 1. 1980', 'de', '1980-01-15'],
    ['15.01.80', 'es', '1980-01-15'],
    ['1/15/1980', 'en-US', '1980-01-15'],
    ['15/1/1980', 'en-US', '1980-01-15'],
    ['3.4.1980', 'en-US', '1980-04-03'],
    ['15-01-1980', 'es', '1980-01-15'],
    ['15 ene 1980', 'es', '1980-01-15'],
    ['15 de enero de 1980', 'es-MX', '1980-01-15'],
    ['15 ene. 1980', 'es', '1980-01-15'],
    ['15 Jan 1980', 'es', '1980-01-15'],
    ['Jan 15, 1980', 'en-US', '1980-01-15'],
    ['January 15th 1980', 'en-GB', '1980-01-15'],
    ['15th of january 1980', 'en-GB', '1980-01-15'],
    ['Sept 1980', 'en-GB', '1980-09'],
    ['1980', 'en-US', '1980'],
    ['29.2.2024', 'en-US', '2024-02-29'],
  ])('%s in %s is a birth date', (input, locale, birthdate) => {
    expect(read(input, locale)).toEqual({ birthdate })
  })

  it.each([
    ['03/04/1985', 'en-US', '1985-03-04', '1985-04-03'],
    ['03/04/1985', 'en-GB', '1985-04-03', '1985-03-04'],
    ['3-4-1985', 'es', '1985-04-03', '1985-03-04'],
    ['1/2/27', 'en-US', '1927-01-02', '1927-02-01'],
    ['1/2/26', 'en-US', '2026-01-02', '2026-02-01'],
    ['21/04/1985', 'en-US', '1985-04-21', undefined],
    ['04/21/1985', 'en-GB', '1985-04-21', undefined],
    ['3/3/1985', 'en-US', '1985-03-03', undefined],
    // With points the day comes first everywhere.
    ['3.4.1985', 'en-US', '1985-04-03', undefined],
  ])('%s in %s is %s, and may be %s', (input, locale, birthdate, otherBirthdate) => {
    expect(read(input, locale)).toEqual({ birthdate, ...(otherBirthdate && { otherBirthdate }) })
  })

  it.each(['31.2.1980', '2023-02-29', '13/13/1980', '0 May 1980', '1980-01-00'])(
    '%s is not a date',
    (input) => {
      expect(read(input)).toBe('no-such-date')
    },
  )

  it.each([
    ['112130', ['112130']],
    ['#112130', ['112130']],
    ['MR #112130', ['112130', 'MR 112130']],
    ['MR 112130', ['112130', 'MR 112130']],
    ['mr 112130', ['112130', 'mr 112130', 'MR 112130']],
    ['MR104211', ['MR104211', '104211', 'MR 104211']],
    ['mr104211', ['mr104211', '104211', 'mr 104211', 'MR104211', 'MR 104211']],
    ['mrn: 112130', ['112130', 'mrn: 112130', 'MRN: 112130']],
    ['Record number 112130', ['112130', 'Record number 112130', 'RECORD NUMBER 112130']],
    [
      'Número de historia clínica 77-B',
      ['77-B', 'Número de historia clínica 77-B', 'NÚMERO DE HISTORIA CLÍNICA 77-B'],
    ],
    ['485 777 3456', ['485 777 3456', '4857773456']],
    ['MRN-10024', ['MRN-10024', '10024', 'MRN 10024']],
    ['ab-12', ['ab-12', 'AB-12']],
    ['http://hospital.example/ids|10024', ['http://hospital.example/ids|10024']],
    ['MR 1980', ['1980', 'MR 1980']],
    ['485 777 1980', ['485 777 1980', '4857771980']],
    ['2099', ['2099']],
    ['2024-77', ['2024-77']],
  ])('%s is a number', (input, numbers) => {
    expect(read(input)).toEqual({ numbers })
  })

  it('may be a name with a date or a number', () => {
    expect(read('doe 15.1.1980')).toEqual({ names: ['doe'], birthdate: '1980-01-15' })
    expect(read('1980-01-15 Jane Doe')).toEqual({ names: ['Jane', 'Doe'], birthdate: '1980-01-15' })
    expect(read('jane doe 15 Jan 1980')).toEqual({ names: ['jane', 'doe'], birthdate: '1980-01-15' })
    expect(read('jane 1980')).toEqual({ names: ['jane'], birthdate: '1980' })
    expect(read('1980, Doe MR 1980')).toEqual({
      names: ['Doe'],
      birthdate: '1980',
      numbers: ['1980', 'MR 1980'],
    })
    expect(read('doe 10024')).toEqual({ names: ['doe'], numbers: ['10024'] })
    expect(read('Doe MR 10024')).toEqual({ names: ['Doe'], numbers: ['10024', 'MR 10024'] })
  })

  it('may be nothing', () => {
    expect(read('  , ')).toEqual({})
  })
})

describe('text that is a birth date', () => {
  it.each([
    ['15.1.1980', 'en-US', '1980-01-15'],
    ['3/4/1980', 'en-US', '1980-03-04'],
    ['3/4/1980', 'es', '1980-04-03'],
    ['15 ene 1980', 'es', '1980-01-15'],
    ['Jan 1980', 'en-US', '1980-01'],
    ['1980', 'en-US', '1980'],
    ['ge1980-01', 'en-US', 'ge1980-01'],
    ['31.2.1980', 'en-US', 'no-such-date'],
    ['2024-02-31', 'en-US', 'no-such-date'],
    ['15 Jan 1980 Doe', 'en-US', undefined],
    ['112130', 'en-US', undefined],
    ['last winter', 'en-US', undefined],
  ])('%s (%s) is %s', (input, locale, date) => {
    expect(readBirthdate(input, locale, now)).toBe(date)
  })
})
