import { describe, expect, it } from 'vitest'
import { isBirthdate } from '../../../values/search-words.ts'

describe('a birthdate to search for', () => {
  it('is a year, a month or a day, with an optional prefix', () => {
    for (const text of ['1980', '1980-01', '1980-01-15', 'ge1980', 'lt1980-12', '2024-02-29', '0099-12-31'])
      expect(isBirthdate(text), text).toBe(true)
  })

  it('must exist in the calendar, and be written in no other way', () => {
    for (const text of [
      '2024-02-31',
      '2023-02-29',
      '1980-13',
      '1980-01-00',
      '15.1.1980',
      '1980-1-5',
      '>1980',
      '',
    ])
      expect(isBirthdate(text), text).toBe(false)
  })
})
