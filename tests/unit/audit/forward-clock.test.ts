import { beforeEach, describe, expect, it } from 'vitest'
import { forwardClock } from '../../../server/clock/forward-clock.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

describe('a clock that never goes back', () => {
  const start = Date.parse('2026-03-01T12:00:00Z')
  let system = start
  let elapsed = 0
  let setBack: number[] = []
  const clockFrom = (latest = 0) =>
    forwardClock({
      system: () => system,
      elapsed: () => elapsed,
      latest: latest,
      onSetBack: (behind) => void setBack.push(behind),
    })
  const pass = (milliseconds: number) => {
    system += milliseconds
    elapsed += milliseconds
  }
  beforeEach(() => {
    system = start
    elapsed = 0
    setBack = []
  })

  it('follows the system’s clock while that moves forward', () => {
    const clock = clockFrom()
    expect(clock()).toBe(start)
    pass(HOUR)
    expect(clock()).toBe(start + HOUR)
    expect(setBack).toEqual([])
  })

  it('F16 runs at half speed from the latest time until the system’s clock has caught up', () => {
    const clock = clockFrom()
    clock()
    system -= 2 * HOUR
    expect(clock()).toBe(start)
    pass(HOUR)
    expect(clock()).toBe(start + HOUR / 2)
    pass(3 * HOUR)
    expect(clock()).toBe(start + 2 * HOUR)
    pass(HOUR)
    expect(clock()).toBe(start + 3 * HOUR)
  })

  it('F16 starts with the latest time in the database', () => {
    const clock = clockFrom(start + 2 * HOUR)
    expect(clock()).toBe(start + 2 * HOUR)
    expect(setBack).toEqual([2 * HOUR])
  })

  it('F16 reports once each time that it was set back, but no small correction', () => {
    const clock = clockFrom()
    clock()
    system -= 2 * SECOND
    clock()
    expect(setBack).toEqual([])
    system -= HOUR
    for (let n = 0; n < 10; n++) {
      clock()
      pass(SECOND)
    }
    expect(setBack).toEqual([HOUR + 2 * SECOND])
    system -= HOUR
    clock()
    expect(setBack).toHaveLength(2)
    pass(3 * HOUR)
    clock()
    system -= HOUR
    clock()
    expect(setBack).toHaveLength(3)
  })

  it('T07 believes a leap forward once it has lasted for a minute', () => {
    const clock = clockFrom()
    clock()
    system += 70 * 365 * 24 * HOUR
    pass(SECOND)
    expect(clock()).toBe(start + SECOND)
    system -= 70 * 365 * 24 * HOUR
    pass(SECOND)
    expect(clock()).toBe(start + 2 * SECOND)
    system += 2 * HOUR
    for (let n = 0; n < 60; n++) {
      expect(clock()).toBe(start + (2 + n) * SECOND)
      pass(SECOND)
    }
    expect(clock()).toBe(start + 2 * HOUR + 62 * SECOND)
    expect(setBack).toEqual([])
  })

  it('T07 runs on in a leap, however often it is asked', () => {
    const clock = clockFrom()
    clock()
    system += HOUR
    for (let n = 0; n < 10_000; n++) {
      pass(0.5)
      clock()
    }
    expect(clock()).toBe(start + 5 * SECOND)
  })
})
