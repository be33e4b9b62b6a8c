import { beforeEach, describe, expect, it } from 'vitest'
import { forwardClock } from '../../../server/audit/forward-clock.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

describe('a clock that never goes back', () => {
  const start = Date.parse('2026-03-01T12:00:00Z')
  let system = start
  let elapsed = 0
  let setBack: number[] = []
  const clockFrom = (seen = 0) =>
    forwardClock({
      system: () => system,
      elapsed: () => elapsed,
      seen,
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

  it('is the system’s, while that goes on', () => {
    const clock = clockFrom()
    expect(clock()).toBe(start)
    pass(HOUR)
    expect(clock()).toBe(start + HOUR)
    expect(setBack).toEqual([])
  })

  it('F16 goes on at half its pace from the latest time, until the system’s has caught up', () => {
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

  it('F16 begins with what the database saw last', () => {
    const clock = clockFrom(start + 2 * HOUR)
    expect(clock()).toBe(start + 2 * HOUR)
    expect(setBack).toEqual([2 * HOUR])
  })

  it('F16 tells once of each time that it was set back, and of none that is a correction', () => {
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
    system += 3 * HOUR
    clock()
    system -= HOUR
    clock()
    expect(setBack).toHaveLength(3)
  })
})
