import { afterEach, expect, test, vi } from 'vitest'
import type { Upstream, UpstreamResource } from '../../../server/sources/transport/upstream.ts'
import {
  type AskedBy,
  type LentUpstream,
  sharedUpstream as lendingUpstream,
} from '../../../server/sources/upstream/shared-upstream.ts'

afterEach(() => vi.useRealTimers())

/** Lends the upstream to each request by itself. */
const sharedUpstream = (upstream: Upstream) => {
  const lendTo = lendingUpstream(upstream)
  return (asker: Parameters<AskedBy>[0]): Pick<LentUpstream, 'read' | 'search' | 'follow' | 'offer'> => {
    const lend = lendTo(asker)
    return {
      read: (...asked) => lend((lent) => lent.read(...asked)),
      search: (...asked) => lend((lent) => lent.search(...asked)),
      follow: (...asked) => lend((lent) => lent.follow(...asked)),
      offer: () => lend((lent) => lent.offer()),
    }
  }
}

const upstreamThatReads = (
  read: (id: string, end?: AbortSignal) => Promise<UpstreamResource | undefined>,
): Upstream => ({
  read: (_type, id, terms) => read(id, terms?.left),
  prepare: async () => {},
  search: async () => ({ resources: [] }),
  follow: async () => ({ resources: [] }),
  offer: async () => new Map(),
  health: async () => 'working',
})

const anna = () => ({ holder: { name: 'account anna' }, left: new AbortController().signal })
const ben = () => ({ holder: { name: 'account ben' }, left: new AbortController().signal })

test('after 4.8 s nothing more is requested upstream for one request', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const requests: string[] = []
  const shared = sharedUpstream(upstreamThatReads(async (id) => void requests.push(id)))
  const share = shared(anna())
  vi.advanceTimersByTime(4_800)
  await share.read('Patient', 'in-time')
  vi.advanceTimersByTime(1)
  const late = { status: 504, code: 'upstream_slow' }
  await expect(share.read('Patient', 'late')).rejects.toMatchObject(late)
  await expect(share.search('Patient', new URLSearchParams())).rejects.toMatchObject(late)
  await expect(share.follow('x')).rejects.toMatchObject(late)
  await shared(anna()).read('Patient', 'another')
  expect(requests).toEqual(['in-time', 'another'])
})

test('what is found out first, also for others, counts towards the 4.8 s', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  const searches: string[] = []
  const upstream: Upstream = {
    ...upstreamThatReads(async () => undefined),
    search: async (type) => {
      searches.push(type)
      return { resources: [] }
    },
    prepare: () => new Promise(() => {}),
    offer: () => new Promise(() => {}),
  }
  const share = sharedUpstream(upstream)(anna())
  const late = [share.search('Patient', new URLSearchParams()), share.offer()].map((each) =>
    expect(each).rejects.toMatchObject({ status: 504, code: 'upstream_slow' }),
  )
  await vi.advanceTimersByTimeAsync(4_800)
  await Promise.all(late)
  expect(searches).toEqual([])
})

test('one request causes at most 200 upstream', async () => {
  const share = sharedUpstream(upstreamThatReads(async () => undefined))(anna())
  await Promise.all(Array.from({ length: 200 }, (_, at) => share.read('Patient', String(at))))
  await expect(share.read('Patient', 'more')).rejects.toMatchObject({ status: 403, code: 'upstream_costly' })
})

test('J33 J41 one person has four places, over all requests; the next person is asked for at once', async () => {
  const asked: string[] = []
  const answers: (() => void)[] = []
  const shared = sharedUpstream(
    upstreamThatReads((id) => {
      asked.push(id)
      return new Promise((resolve) => answers.push(() => resolve(undefined)))
    }),
  )
  const reads = Array.from({ length: 60 }, (_, at) => shared(anna()).read('Patient', `a${at}`))
  await vi.waitFor(() => expect(asked).toEqual(['a0', 'a1', 'a2', 'a3']))
  const other = shared(ben()).read('Patient', 'b')
  await vi.waitFor(() => expect(asked.at(-1)).toBe('b'))
  for (let at = 0; at < 61; at++) {
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(at))
    answers[at]?.()
  }
  await Promise.all([...reads, other])
  expect(asked).toHaveLength(61)
})

test('J33 when many wait for one person, further requests are refused', async () => {
  const never = new Promise<undefined>(() => {})
  const left = new AbortController()
  const shared = sharedUpstream(upstreamThatReads(() => never))
  const reads = Array.from({ length: 4 + 256 + 1 }, () =>
    shared({ holder: { name: 'account anna' }, left: left.signal })
      .read('Patient', 'pa')
      .catch((error) => error),
  )
  expect(await Promise.race(reads)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  left.abort()
  // All that waited are given up; four are being answered.
  expect(await Promise.all(reads.slice(4))).toHaveLength(257)
})

test('a read of one resource is never refused for its size, however much its reader already holds', async () => {
  const shared = lendingUpstream({
    ...upstreamThatReads(async () => undefined),
    read: async (_type, _id, terms) => {
      terms?.receive?.(5_000_000)
      return undefined
    },
    search: async (_type, _parameters, terms) => {
      terms?.receive?.(23_000_000)
      return { resources: [] }
    },
  })
  const search = () => shared(anna())((lent) => lent.search('Observation', new URLSearchParams()))
  await shared(anna())(async (lent) => {
    await lent.search('Observation', new URLSearchParams())
    await expect(search()).rejects.toMatchObject({ status: 503 })
    await expect(shared(anna())((other) => other.read('Binary', 'foreign'))).resolves.toBeUndefined()
  })
  await search()
})

test('J42 nothing is requested upstream for a reader who has gone', async () => {
  const asked: string[] = []
  const left = new AbortController()
  const share = sharedUpstream(upstreamThatReads(async (id) => void asked.push(id)))({
    holder: { name: 'account anna' },
    left: left.signal,
  })
  await share.read('Patient', 'before')
  left.abort()
  await expect(share.read('Patient', 'after')).rejects.toMatchObject({ status: 503 })
  expect(asked).toEqual(['before'])
})

test('J42 who leaves gets no place for another request before upstream is done with theirs, or 4.8 s after it was sent', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  const [asked, aborted]: [string[], string[]] = [[], []]
  const answers = new Map<string, () => void>()
  const shared = sharedUpstream(
    upstreamThatReads(
      (id, end) =>
        new Promise((resolve, reject) => {
          asked.push(id)
          answers.set(id, () => resolve(undefined))
          end?.addEventListener('abort', () => {
            aborted.push(id)
            reject(new Error('aborted'))
          })
        }),
    ),
  )
  const left = new AbortController()
  const first = ['a0', 'a1', 'a2', 'a3'].map((id) =>
    shared({ holder: { name: 'account anna' }, left: left.signal }).read('Patient', id),
  )
  const dropped = Promise.all(
    first.map((read) =>
      read.then(
        () => 'answered',
        ({ status }) => status,
      ),
    ),
  )
  await vi.advanceTimersByTimeAsync(100)
  left.abort()
  const after = ['b0', 'b1', 'b2', 'b3'].map((id) => shared(anna()).read('Patient', id))
  // Whoever left waits for nothing.
  expect(await dropped).toEqual([503, 503, 503, 503])
  await vi.advanceTimersByTimeAsync(999)
  expect([asked, aborted]).toEqual([['a0', 'a1', 'a2', 'a3'], []])
  answers.get('a0')?.()
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toEqual(['a0', 'a1', 'a2', 'a3', 'b0'])
  await vi.advanceTimersByTimeAsync(1)
  expect(aborted).toEqual(['a1', 'a2', 'a3'])
  await vi.advanceTimersByTimeAsync(4_800 - 1_100 - 1)
  expect(asked).toHaveLength(5)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3'])
  for (const answer of answers.values()) answer()
  await Promise.all(after)
})
