import { afterEach, expect, test, vi } from 'vitest'
import type { Upstream } from '../../../server/sources/upstream/upstream.ts'
import { withDeadline } from '../../../server/sources/upstream/with-deadline.ts'

afterEach(() => vi.useRealTimers())

test('after 4.8 s nothing more is asked upstream for one request', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const asked: string[] = []
  const upstream: Upstream = {
    read: async (_type, id) => void asked.push(id),
    search: async () => ({ resources: [] }),
    follow: async () => ({ resources: [] }),
    offer: async () => new Map(),
  }
  const bounded = withDeadline(upstream)
  vi.advanceTimersByTime(4_800)
  await bounded.read('Patient', 'in-time')
  vi.advanceTimersByTime(1)
  const late = { status: 504, code: 'upstream_slow' }
  await expect(bounded.read('Patient', 'late')).rejects.toMatchObject(late)
  await expect(bounded.search('Patient', new URLSearchParams())).rejects.toMatchObject(late)
  await expect(bounded.follow('x')).rejects.toMatchObject(late)
  expect(asked).toEqual(['in-time'])
  await withDeadline(upstream).read('Patient', 'another')
})
