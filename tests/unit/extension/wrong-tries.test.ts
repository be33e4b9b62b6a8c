import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createWrongTries, longestWait, noWrongTries } from '../../../extension/lock/lock-opening.ts'
import type { StoredLock } from '../../../extension/storage/items.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const untried: StoredLock = { opens: {} as StoredLock['opens'], after: 15, ...noWrongTries }

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** A clock that only follows the system's time. */
const setClock = (by: number) => vi.setSystemTime(Date.now() + by)

const after = (count: number, tries = createWrongTries()) => {
  let lock = untried
  for (let i = 0; i < count; i++) lock = tries.afterTry(lock)
  return { tries, lock }
}

it('four tries are free, the fifth waits 30 s, each further one twice as long, up to an hour', () => {
  const waits = [4, 5, 6, 7, 11, 12, 60].map((count) => {
    const { tries, lock } = after(count)
    return tries.waitLeft(lock) / SECOND
  })
  expect(waits).toEqual([0, 30, 60, 120, 1920, 3600, 3600])
})

it('F15 setting the clock two hours ahead skips no wait, and setting it back makes none longer', () => {
  const { tries, lock } = after(12)
  setClock(2 * HOUR)
  expect(tries.waitLeft(lock)).toBe(longestWait)
  const tried = tries.afterTry(lock)
  setClock(-2 * HOUR)
  expect(tries.waitLeft(tried)).toBe(longestWait)
  vi.advanceTimersByTime(longestWait - 1)
  expect(tries.waitLeft(tried)).toBe(1)
  vi.advanceTimersByTime(1)
  expect(tries.waitLeft(tried)).toBe(0)
})

it('F15 a wait that was counted down to its end is over, whatever fractions the clock has', () => {
  let ticks = 98_368.910_222_368_47
  vi.spyOn(performance, 'now').mockImplementation(() => ticks)
  const { tries, ...tried } = after(12)
  let { lock } = tried
  for (let half = 0; half < 120; half++) {
    ticks += 30 * SECOND
    lock = tries.countDown(lock)
  }
  expect(lock.wait).toBe(0)
})

it('F15 the next worker trusts a clock that is ahead for a minute, and one that is behind not at all', () => {
  const { lock } = after(12)
  setClock(2 * HOUR)
  expect(createWrongTries().waitLeft(lock)).toBe(longestWait - MINUTE)
  setClock(-4 * HOUR)
  expect(createWrongTries().waitLeft(lock)).toBe(longestWait)
})

it('F15 the time is counted across workers, and setting the clock between two counts gains nothing', () => {
  let { lock } = after(12)
  for (let minute = 1; minute <= 30; minute++) {
    const life = createWrongTries()
    vi.advanceTimersByTime(30 * SECOND)
    lock = life.countDown(lock)
    setClock(HOUR)
    expect(life.waitLeft(lock)).toBe(longestWait - minute * 30 * SECOND)
    setClock(-HOUR)
  }
})

it('F15 a wait that is over stays over, whatever the clock says', () => {
  const { tries, lock } = after(5)
  vi.advanceTimersByTime(MINUTE)
  const over = tries.countDown(lock)
  setClock(-2 * HOUR)
  expect([tries, createWrongTries()].map(({ waitLeft }) => waitLeft(over))).toEqual([0, 0])
})
