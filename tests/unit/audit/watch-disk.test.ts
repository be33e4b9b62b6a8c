import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type LowDisk, watchDisk } from '../../../server/store/watch-disk.ts'

const MINUTE = 60_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('F37 tells the operator once an hour that a disk is nearly full, as long as it is', async () => {
  const reports: LowDisk[] = []
  const free: Record<string, number | undefined> = { '/data': 0.5, '/keys': 0.3, '/gone': undefined }
  const disk = watchDisk(Object.keys(free), {
    clock: Date.now,
    warn: (low) => reports.push(low),
    measure: async (folder) => {
      const share = free[folder]
      if (share === undefined) throw new Error('ENOENT')
      return share
    },
  })
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  expect([reports, await disk.findLow()]).toEqual([[], undefined])
  // The size of a pseudo file system cannot be measured.
  free['/gone'] = Number.NaN
  expect(await disk.findLow()).toBeUndefined()

  free['/data'] = 0.049
  expect(await disk.findLow()).toEqual({ free: 0.049 })
  await vi.advanceTimersByTimeAsync(59 * MINUTE)
  expect(reports).toEqual([{ free: 0.049 }])
  free['/keys'] = 0.01
  await vi.advanceTimersByTimeAsync(3 * MINUTE)
  expect(reports).toEqual([{ free: 0.049 }, { free: 0.01 }])

  free['/data'] = free['/keys'] = 0.05
  await vi.advanceTimersByTimeAsync(120 * MINUTE)
  expect([reports.length, await disk.findLow()]).toEqual([2, undefined])
  disk.stop()
  free['/data'] = 0
  await vi.advanceTimersByTimeAsync(120 * MINUTE)
  expect(reports).toHaveLength(2)
})
