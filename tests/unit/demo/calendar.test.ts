import { expect, it } from 'vitest'
import { dateTimeOf, dayOf, today, workingDay } from '../../../server/demo/calendar.ts'

it('has summer time from the second Sunday of March to the first of November', () => {
  expect(dateTimeOf(dayOf('2025-03-08'), 485)).toBe('2025-03-08T08:05:00-06:00')
  expect(dateTimeOf(dayOf('2025-03-09'), 485)).toBe('2025-03-09T08:05:00-05:00')
  expect(dateTimeOf(dayOf('2025-11-01'), 485)).toBe('2025-11-01T08:05:00-05:00')
  expect(dateTimeOf(dayOf('2025-11-02'), 485)).toBe('2025-11-02T08:05:00-06:00')
})

it('moves a weekend to the Friday before and leaves other days alone', () => {
  expect(workingDay(dayOf('2025-11-22'))).toBe(dayOf('2025-11-21'))
  expect(workingDay(dayOf('2025-11-23'))).toBe(dayOf('2025-11-21'))
  expect(workingDay(dayOf('2025-11-24'))).toBe(dayOf('2025-11-24'))
})

it('takes the day in Springfield, not in Greenwich', () => {
  expect(today(Date.parse('2025-11-24T03:00:00Z'))).toBe('2025-11-23')
})
