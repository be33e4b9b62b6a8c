import { describe, expect, it } from 'vitest'
import { badgeOf } from '../../../extension/background/badge.ts'

const now = Date.parse('2026-11-24T14:00:00Z')
const minute = 60_000
const left = (minutes: number, organization = 'Riverside Clinic') => ({
  endsAt: now + minutes * minute,
  organization,
})

describe('the badge', () => {
  it('is empty while nobody is signed in', () => {
    expect(badgeOf({ ends: [], alarms: [], now })).toMatchObject({ text: '', title: 'Carekey' })
    expect(badgeOf({ ends: [], alarms: [], now })).not.toHaveProperty('changesAt')
  })

  it('counts the shortest time left under an hour, and says it in words', () => {
    const badge = badgeOf({ ends: [left(300), left(47.5, 'Pulse Devices'), left(59)], alarms: [], now })
    expect(badge).toMatchObject({ text: '47m', title: 'Carekey\n47 minutes left at Pulse Devices' })
  })

  it.each([
    [60, ''],
    [59.99, '59m'],
    [1.5, '1m'],
    [0.5, '<1m'],
    [0, ''],
    [-1, ''],
  ])('with %s minutes left reads “%s”', (minutes, text) => {
    expect(badgeOf({ ends: [left(minutes)], alarms: [], now }).text).toBe(text)
  })

  it.each([300, 60, 47.5, 47, 1.5, 0.5])(
    'with %s minutes left changes at the moment it says, not before',
    (minutes) => {
      const ends = [left(minutes)]
      const { text, changesAt = 0 } = badgeOf({ ends, alarms: [], now })
      expect(changesAt).toBeGreaterThan(now)
      expect(badgeOf({ ends, alarms: [], now: changesAt }).text).not.toBe(text)
      expect(badgeOf({ ends, alarms: [], now: changesAt - 2 }).text).toBe(text)
    },
  )

  it('shows an alarm before the time, and tells both', () => {
    const { text, title } = badgeOf({ ends: [left(5)], alarms: ['Riverside Clinic'], now })
    expect(text).toBe('!')
    expect(title).toContain('The access log of Riverside Clinic does not hold')
    expect(title).toContain('5 minutes left')
  })
})
