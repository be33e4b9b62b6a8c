import { fc, test } from '@fast-check/vitest'
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

  it('T07 believes no leap at once after one that it has believed', () => {
    const clock = clockFrom()
    clock()
    system += 2 * HOUR
    for (let n = 0; n <= 60; n++, pass(SECOND)) clock()
    const believed = start + 2 * HOUR + 61 * SECOND
    expect(clock()).toBe(believed)
    system += 400 * 24 * HOUR
    expect(clock()).toBe(believed)
    system -= 400 * 24 * HOUR
    pass(SECOND)
    expect(clock()).toBe(believed + SECOND)
    expect(setBack).toEqual([])
  })

  it('T07 believes of two leaps the first when that has lasted for a minute, and the second a minute later', () => {
    const clock = clockFrom()
    clock()
    system += HOUR
    for (let n = 0; n < 30; n++, pass(SECOND)) clock()
    system += 24 * HOUR
    for (let n = 30; n < 120; n++, pass(SECOND))
      expect(clock()).toBe(start + (n < 60 ? 0 : HOUR) + n * SECOND)
    expect(clock()).toBe(start + 25 * HOUR + 120 * SECOND)
  })

  it('T07 believes only the least that the clock was ahead in that minute', () => {
    const clock = clockFrom()
    clock()
    system += 400 * 24 * HOUR
    clock()
    system -= 400 * 24 * HOUR - HOUR
    for (let n = 0; n < 60; n++, pass(SECOND)) expect(clock()).toBe(start + n * SECOND)
    system += 400 * 24 * HOUR
    expect(clock()).toBe(start + HOUR + 60 * SECOND)
  })

  test.prop(
    {
      events: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('leap' as const), by: fc.integer({ min: 61, max: 30 * 86_400 }) }),
          fc.record({ kind: fc.constant('back' as const), by: fc.integer({ min: 1, max: 30 * 86_400 }) }),
          fc.record({ kind: fc.constant('right' as const), by: fc.constant(0) }),
        ),
        { maxLength: 4 },
      ),
      waits: fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 5, maxLength: 5 }),
    },
    { numRuns: 200 },
  )(
    'T07 after any sequence of events, is as far ahead as the clock was for a minute',
    ({ events, waits }) => {
      system = start
      elapsed = 0
      const clock = clockFrom()
      /** How far the system's clock was ahead, in seconds, each second. */
      const seen: number[] = []
      /** The most that every second of some minute agrees in. */
      let lasted = 0
      let leaps = 0
      let time = 0
      const run = (seconds: number) => {
        for (let n = 0; n <= seconds; n++, pass(SECOND)) {
          seen.push((system - elapsed - start) / SECOND)
          if (seen.length > 60) lasted = Math.max(lasted, Math.min(...seen.slice(-61)))
          const before = time
          time = clock()
          if (time < before) expect(time).toBeGreaterThanOrEqual(before)
          // A leap of less than a minute is believed at once, perhaps after a step back.
          const most = lasted + 60 * leaps
          const ahead = (time - elapsed - start) / SECOND
          if (ahead > most) expect(ahead).toBeLessThanOrEqual(most)
        }
      }
      run(waits[0] ?? 0)
      for (const [n, { kind, by }] of events.entries()) {
        if (kind === 'right') system = start + elapsed
        else system += (kind === 'leap' ? by : -by) * SECOND
        if (kind !== 'back') leaps += 1
        run(waits[n + 1] ?? 0)
      }
      // What stays for long enough is believed, or caught up with.
      const least = system - elapsed
      for (let n = 0; n < 121; n++, pass(SECOND)) time = clock()
      expect(clock()).toBeGreaterThanOrEqual(least + elapsed)
    },
  )

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
