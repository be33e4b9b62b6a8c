import { describe, expect, it } from 'vitest'
import { type BadgeInput, badgeOf as badgeOfAll } from '../../../extension/background/badge.ts'

const now = Date.parse('2026-11-24T14:00:00Z')
const minute = 60_000
const left = (minutes: number, organization = 'Riverside Clinic') => ({
  endsAt: now + minutes * minute,
  organization,
})

const badgeOf = (input: Partial<BadgeInput>) =>
  badgeOfAll({
    ends: [],
    alarms: [],
    forked: [],
    narrowed: [],
    missing: [],
    accesses: [],
    unstored: [],
    now,
    ...input,
  })

describe('the badge', () => {
  it('is empty while nobody is signed in', () => {
    expect(badgeOf({})).toMatchObject({ text: '', title: 'Carekey' })
    expect(badgeOf({})).not.toHaveProperty('changesAt')
  })

  it('shows the shortest remaining time under an hour, and says it in words', () => {
    const badge = badgeOf({ ends: [left(300), left(47.5, 'Pulse Devices'), left(59)], now })
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
    expect(badgeOf({ ends: [left(minutes)], now }).text).toBe(text)
  })

  it.each([300, 60, 47.5, 47, 1.5, 0.5])(
    'with %s minutes left changes exactly when it says it will',
    (minutes) => {
      const ends = [left(minutes)]
      const { text, changesAt = 0 } = badgeOf({ ends, now })
      expect(changesAt).toBeGreaterThan(now)
      expect(badgeOf({ ends, now: changesAt }).text).not.toBe(text)
      expect(badgeOf({ ends, now: changesAt - 2 }).text).toBe(text)
    },
  )

  it('F78 shows an alarm rather than the time, and its title says both', () => {
    const { text, title } = badgeOf({ ends: [left(5)], alarms: ['Riverside Clinic'], now })
    expect(text).toBe('!')
    expect(title).toContain('The access log of Riverside Clinic failed its check')
    expect(title).toContain('5 minutes left')
  })

  it('F78 counts new accesses even if a grant ends within the hour, and its title says both', () => {
    const accesses = [
      { count: 1, more: false, organization: 'Riverside Clinic' },
      { count: 3, more: false, organization: 'Pulse Devices' },
    ]
    const { text, title } = badgeOf({ accesses })
    expect(text).toBe('4')
    expect(title).toBe(
      'Carekey\n1 new access to your record at Riverside Clinic\n3 new accesses to your record at Pulse Devices',
    )
    const soon = badgeOf({ accesses, ends: [left(5)] })
    expect(soon.text).toBe('4')
    expect(soon.color).toBe(badgeOf({ accesses }).color)
    expect(soon.title).toBe(`${title}\n5 minutes left at Riverside Clinic`)
    expect(soon.changesAt).toBe(badgeOf({ ends: [left(5)] }).changesAt)
    const alarmed = badgeOf({ accesses, ends: [left(5)], missing: ['Pulse Devices'] })
    // Who has a standing alarm hides nobody's new accesses.
    expect(alarmed.text).toBe('!4')
    expect(alarmed.color).toBe(badgeOf({ missing: ['Pulse Devices'] }).color)
    expect(alarmed.title).toContain('3 new accesses')
    expect(alarmed.title).toContain('5 minutes left')
  })

  it('says that there may be more if the page ended with new accesses', () => {
    const { text, title } = badgeOf({ accesses: [{ count: 50, more: true, organization: 'Pulse Devices' }] })
    expect(text).toBe('50+')
    expect(title).toContain('50 or more new accesses to your record at Pulse Devices')
  })

  it('J53 counts erasures with the new accesses, and names them in a sentence of their own', () => {
    const organization = 'Riverside Clinic'
    const erased = 'Carekey\nEarlier entries were erased from the access log of Riverside Clinic'
    const none = { count: 0, more: false, erasures: 1, organization }
    expect(badgeOf({ accesses: [none] })).toMatchObject({ text: '1', title: erased })
    expect(badgeOf({ accesses: [{ ...none, count: 2 }] })).toMatchObject({
      text: '3',
      title: `${erased}\n2 new accesses to your record at Riverside Clinic`,
    })
  })

  it('raises the alarm about a read that is missing in the log, in a sentence of its own', () => {
    const { text, title } = badgeOf({ missing: ['Riverside Clinic'] })
    expect(text).toBe('!')
    expect(title).toContain('The access log of Riverside Clinic is missing reads by this browser')
    expect(title).not.toContain('failed its check')
  })
})
