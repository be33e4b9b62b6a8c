import { afterEach, expect, it, vi } from 'vitest'
import { isTooMuch, spentAfter } from '../../../extension/access-log/own/log-position.ts'

afterEach(() => vi.useRealTimers())

it('J50 reading by itself ends after 120 pages, 10,000 entries or two minutes', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const after = (pages: number, entries: number, seconds: number) => {
    const begun = spentAfter({}, 0)
    vi.setSystemTime(Date.now() + seconds * 1000)
    return isTooMuch({ ...spentAfter(begun, entries), pages })
  }
  expect(after(119, 9999, 120)).toBe(false)
  expect(after(120, 0, 0)).toBe(true)
  expect(after(1, 10_000, 0)).toBe(true)
  expect(after(1, 0, 121)).toBe(true)
})
