import { describe, expect, test } from 'vitest'
import {
  dateInterval,
  EARLIEST,
  type Interval,
  intervalOf,
  LATEST,
} from '../../../server/query/date-interval.ts'

const between = (low: string, high: string) => ({ low: Date.parse(low), high: Date.parse(high) })
const asWritten = (interval: Interval) => ({ ...interval, written: interval })
const HOUR = 3_600_000

describe('a date covers', () => {
  test.each([
    ['2024', '2024-01-01T00:00Z', '2025-01-01T00:00Z'],
    ['2024-02', '2024-02-01T00:00Z', '2024-03-01T00:00Z'],
    ['2024-02-29', '2024-02-29T00:00Z', '2024-03-01T00:00Z'],
    ['2024-12-31', '2024-12-31T00:00Z', '2025-01-01T00:00Z'],
    ['2024-05-01T10:00Z', '2024-05-01T10:00Z', '2024-05-01T10:01Z'],
    ['2024-05-01T10:00:59+02:00', '2024-05-01T08:00:59Z', '2024-05-01T08:01:00Z'],
    ['2024-05-01T10:00:00.5-05:00', '2024-05-01T15:00:00.500Z', '2024-05-01T15:00:00.501Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z', '2017-01-01T00:00:01Z'],
    ['2024-05-01T10:00:00', '2024-05-01T10:00:00Z', '2024-05-01T10:00:01Z'],
    ['0099', '0099-01-01T00:00:00Z', '0100-01-01T00:00:00Z'],
  ])('%s its own precision', (text, low, high) => {
    expect(dateInterval(text)).toMatchObject(between(low, high))
  })

  test.each([
    ['2024-05-01', undefined],
    ['2024-05-01T10:00', undefined],
    ['2024-05-01T10:00Z', 0],
    ['2024-05-01T10:00+02:00', 2 * HOUR],
    ['2024-05-01T10:00-05:30', -5.5 * HOUR],
  ])('%s the time of its zone, if it names one', (text, offset) => {
    expect(dateInterval(text)?.offset).toBe(offset)
  })

  test.each([
    '',
    '24',
    '2024-13',
    '2024-00-01',
    '2023-02-29',
    '2024-1-1',
    '2024-05-01T10',
    '2024-05-01T24:00Z',
    '2024-05-01T10:00+15:00',
    '2024-05-01 10:00',
    '20240501',
    '2024-05-01T10:00Z\0',
    `2024-05-01T10:00:00.${'1'.repeat(50_000)}`,
  ])('nothing for %j', (text) => {
    expect(dateInterval(text)).toBeUndefined()
  })
})

describe('an element covers', () => {
  test('its period, open if it has no end', () => {
    expect(intervalOf({ start: '2024', end: '2025-03' })).toEqual(
      asWritten(between('2024-01-01', '2025-04-01')),
    )
    expect(intervalOf({ start: '2024' })).toEqual(asWritten({ low: Date.parse('2024-01-01'), high: LATEST }))
    expect(intervalOf({ end: '2024' })).toEqual(asWritten({ low: EARLIEST, high: Date.parse('2025-01-01') }))
  })

  test('its timing from the first event to the last', () => {
    const timing = { event: ['2024-03-01', '2024-01-01'] }
    expect(intervalOf(timing)).toEqual(asWritten(between('2024-01-01', '2024-03-02')))
    const daily = { event: [...Array(200_000).fill('2024-01-05'), ...timing.event] }
    expect(intervalOf(daily)).toEqual(intervalOf(timing))
  })

  test('as written, the day and the time where it was written', () => {
    expect(intervalOf('2024-05-01T23:30:00-07:00')).toEqual({
      ...between('2024-05-02T06:30:00Z', '2024-05-02T06:30:01Z'),
      written: between('2024-05-01T23:30:00Z', '2024-05-01T23:30:01Z'),
    })
    expect(intervalOf({ start: '2024-05-01T22:00-07:00', end: '2024-05-02T20:00+02:00' })).toEqual({
      ...between('2024-05-02T05:00Z', '2024-05-02T18:01Z'),
      written: between('2024-05-01T22:00Z', '2024-05-02T20:01Z'),
    })
  })

  test('as written, both ends of a period that ends on an earlier day, in another time zone, than it begins', () => {
    expect(intervalOf({ start: '2024-05-02T08:00+10:00', end: '2024-05-01T22:00-04:00' })).toEqual({
      ...between('2024-05-01T22:00Z', '2024-05-02T02:01Z'),
      written: between('2024-05-01T22:00Z', '2024-05-02T08:01Z'),
    })
  })

  test('nothing when it is something else', () => {
    for (const value of [undefined, null, 7, {}, { start: 'soon' }, { event: [] }, { repeat: {} }, []])
      expect(intervalOf(value)).toBeUndefined()
  })
})
