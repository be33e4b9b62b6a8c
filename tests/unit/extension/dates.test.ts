import { describe, expect, it } from 'vitest'
import { age, ago, day, exactly, life, timeLeft, timeOf } from '../../../extension/ui/words/dates.ts'

const now = new Date(2026, 10, 24, 9, 30).getTime()
const MINUTE = 60_000

describe('a date of the record', () => {
  it('is shown as precisely as it was recorded', () => {
    expect([day('1980-01-15'), day('1980-01'), day('1980')]).toEqual(['15 Jan 1980', 'Jan 1980', '1980'])
  })

  it('without a time is that day in every time zone', () => {
    const zone = process.env.TZ
    for (const tz of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      process.env.TZ = tz
      expect(day('2026-11-24')).toBe('24 Nov 2026')
    }
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  it('is shown in days for a week, then as its date', () => {
    expect(ago('2026-11-24', now)).toBe('today')
    expect(ago('2026-11-23', now)).toBe('yesterday')
    expect(ago('2026-11-21', now)).toBe('3 days ago')
    expect(ago('2026-11-17', now)).toBe('17 Nov 2026')
  })

  it('counts calendar days, not hours', () => {
    expect(ago(new Date(2026, 10, 23, 23, 59).getTime(), now)).toBe('yesterday')
  })

  it('in the future, or with a month only, is not shown in days', () => {
    expect(ago('2026-11-30', now)).toBe('30 Nov 2026')
    expect(ago('2026-11', now)).toBe('Nov 2026')
  })

  it('J55 of the first century is not of the twentieth', () => {
    expect(new Date(timeOf('0001-01-01')).getFullYear()).toBe(1)
    expect(new Date(timeOf('2024-02-29')).getDate()).toBe(29)
  })

  it('that is invalid is left out rather than invented', () => {
    expect([day('soon'), exactly('soon'), ago('soon', now)]).toEqual(['', '', ''])
  })
})

describe('an age', () => {
  it('grows on the birthday', () => {
    expect(age('1980-11-25', now)).toBe(45)
    expect(age('1980-11-24', now)).toBe(46)
  })

  it('is not guessed if only a year is known', () => {
    expect(age('1980', now)).toBeUndefined()
    expect(life({ birthDate: '1980' })).toBe('born 1980')
  })
})

describe('a birth date that is not there', () => {
  it('is called not recorded only if the Patient may be read', () => {
    expect(life({}, { searchPatients: true })).toBe('birth date not recorded')
    expect(life({}, { searchPatients: false })).toBe('birth date not shared')
  })
})

describe('the age of a person who died', () => {
  it('is their age at death', () => {
    expect(life({ birthDate: '1906-07-14', deceased: '1979-03-02' })).toBe(
      'born 14 Jul 1906 · died 2 Mar 1979, aged 72',
    )
  })

  it('is not shown if a date is missing or is only a year', () => {
    expect(life({ birthDate: '1906-07-14', deceased: true })).toBe('born 14 Jul 1906 · deceased')
    expect(life({ birthDate: '1906-07-14', deceased: '1979' })).toBe('born 14 Jul 1906 · died 1979')
    expect(life({ deceased: '1979-03-02' })).toBe('birth date not recorded · died 2 Mar 1979')
  })
})

it('F70 a death is said under the name of the organization that says so', () => {
  const words = (deceased?: true) =>
    life({ birthDate: '2024-11-24', ...(deceased && { deceased }) }, undefined, 'Pulse Devices')
  expect(words(true)).toBe('born 24 Nov 2024 · Pulse Devices: deceased')
  expect(words()).not.toContain('Pulse')
})

describe('the time left', () => {
  it('is shown in minutes, hours, then as the day it ends', () => {
    expect(timeLeft(now + 47.5 * MINUTE, now)).toBe('47 min left')
    expect(timeLeft(now + 90 * MINUTE, now)).toBe('1 h left')
    expect(timeLeft(now + 30 * 24 * 60 * MINUTE, now)).toBe('until 24 Dec')
    expect(timeLeft(now + 60 * 24 * 60 * MINUTE, now)).toBe('until 23 Jan 2027')
  })

  it('says so when there is little, or none', () => {
    expect(timeLeft(now + 1000, now)).toBe('less than a minute left')
    expect(timeLeft(now, now)).toBe('ended')
  })
})
