import { afterEach, expect, test, vi } from 'vitest'
import type { Upstream } from '../../../server/sources/upstream/upstream.ts'
import { withDeadline } from '../../../server/sources/upstream/with-deadline.ts'

afterEach(() => vi.useRealTimers())

test('after 4.8 s nothing more is requested upstream for one request', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const requests: string[] = []
  const upstream: Upstream = {
    read: async (_type, id) => void requests.push(id),
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
  expect(requests).toEqual(['in-time'])
  await withDeadline(upstream).read('Patient', 'another')
})

test('one request causes at most 200 upstream, eight at a time', async () => {
  let running = 0
  let most = 0
  const upstream: Upstream = {
    read: async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return undefined
    },
    search: async () => ({ resources: [] }),
    follow: async () => ({ resources: [] }),
    offer: async () => new Map(),
  }
  const bounded = withDeadline(upstream)
  await Promise.all(Array.from({ length: 200 }, (_, at) => bounded.read('Patient', String(at))))
  expect(most).toBe(8)
  await expect(bounded.read('Patient', 'more')).rejects.toMatchObject({
    status: 403,
    code: 'upstream_costly',
  })
})
