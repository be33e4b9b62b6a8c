import { afterEach, expect, it, vi } from 'vitest'
import { goOnAt, isTooMuch, spentAfter } from '../../../extension/access-log/log-position.ts'

afterEach(() => vi.useRealTimers())

it('J50 reading by itself ends after 120 pages, 10,000 entries or two minutes', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const after = (pages: number, entries: number, seconds: number) => {
    const begun = spentAfter(undefined, 0)
    vi.setSystemTime(Date.now() + seconds * 1000)
    return isTooMuch({ ...spentAfter(begun, entries), pages })
  }
  expect(after(119, 9999, 120)).toBe(false)
  expect(after(120, 0, 0)).toBe(true)
  expect(after(1, 10_000, 0)).toBe(true)
  expect(after(1, 0, 121)).toBe(true)
})

it('J51 reading goes on where an earlier look ended, with the reads that this look has found above', () => {
  const there = { address: 'there', newestAt: 1, reconciled: { reach: 5, found: ['a', 'b'], names: true } }
  const here = { address: 'here', newestAt: 2, reconciled: { reach: 6, found: ['b', 'c'], names: true } }
  expect(JSON.parse(goOnAt(JSON.stringify(there), JSON.stringify(here)))).toEqual({
    ...{ address: 'there', newestAt: 2 },
    reconciled: { reach: 5, found: ['a', 'b', 'c'], names: true },
  })
})
