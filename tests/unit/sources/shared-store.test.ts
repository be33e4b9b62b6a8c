import { afterEach, expect, test, vi } from 'vitest'
import { Disclosure } from '../../../server/fhir/access/disclosure.ts'
import type { ResourceSource } from '../../../server/fhir/access/source.ts'
import { sharedStore } from '../../../server/sources/open-source.ts'

afterEach(() => vi.useRealTimers())

const asker = (name: string, left = new AbortController().signal) => ({ holder: { name }, left })
const QUERY = { type: 'Patient', filters: [], count: 1, text: '', usedParameters: [] }
const OF_LOG = { ...QUERY, type: 'AuditEvent' }

/** A store whose reads wait until they are answered. */
const waitingStore = () => {
  const begun: string[] = []
  const answers: (() => void)[] = []
  const begin = (name: string) =>
    new Promise<Disclosure<never>>((resolve) => {
      begun.push(name)
      answers.push(() => resolve(Disclosure.of(undefined as never, { patients: [] })))
    })
  const source: ResourceSource = {
    read: (_type, id) => begin(id),
    search: () => begin('search'),
    everything: () => begin('everything'),
    streamTexts: () => expect.fail(),
  }
  return { source, begun, answers }
}

test('J13 one person has three places at the records, over all requests and in every way, and others have theirs', async () => {
  const { source, begun, answers } = waitingStore()
  const shared = sharedStore(source, 'postgres')
  const own = [
    shared.askedBy(asker('anna')).search(QUERY, [{}]),
    shared.askedBy(asker('anna')).everything({ patient: 'p', types: [], count: 1 }, () => undefined),
    shared.askedBy(asker('anna')).read('Patient', 'a', [{}]),
    shared.askedBy(asker('anna')).read('Patient', 'next', [{}]),
    shared.askedBy(asker('anna')).search(QUERY, [{}]),
    shared.askedBy(asker('anna')).everything({ patient: 'p', types: [], count: 1 }, () => undefined),
  ]
  const other = shared.askedBy(asker('bert')).read('Patient', 'b', [{}])
  await vi.waitFor(() => expect(begun).toEqual(['search', 'everything', 'a', 'b']))
  for (let at = 0; at < 7; at++) {
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(at))
    answers[at]?.()
  }
  await Promise.all([...own, other])
})

test('J13 eight read at the same time, so that a connection is left for tokens and the log', async () => {
  const { source, begun, answers } = waitingStore()
  const shared = sharedStore(source, 'postgres')
  const reads = Array.from({ length: 20 }, (_, at) =>
    shared.askedBy(asker(`person ${at}`)).read('Patient', `${at}`, [{}]),
  )
  await vi.waitFor(() => expect(begun).toHaveLength(8))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(begun).toHaveLength(8)
  for (let at = 0; at < 20; at++) {
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(at))
    answers[at]?.()
  }
  await Promise.all(reads)
})

test('J13 nothing is read for somebody who has left before their turn', async () => {
  const { source, begun, answers } = waitingStore()
  const shared = sharedStore(source, 'postgres')
  for (const id of ['1', '2', '3']) void shared.askedBy(asker('anna')).read('Patient', id, [{}])
  const left = new AbortController()
  const waiting = shared.askedBy(asker('anna', left.signal)).read('Patient', '4', [{}])
  left.abort()
  const ended = waiting.catch((error: unknown) => error)
  await vi.waitFor(() => expect(answers).toHaveLength(3))
  for (const answer of answers) answer()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(begun).toEqual(['1', '2', '3'])
  expect(await ended).toMatchObject({ status: 503 })
})

test('J13 on SQLite, where a statement holds everybody up, one person has one place at the records, and three at the log', async () => {
  const { source, begun, answers } = waitingStore()
  const shared = sharedStore(source, 'sqlite')
  const own = [
    shared.askedBy(asker('anna')).read('Patient', 'a', [{}]),
    shared.askedBy(asker('anna')).search(QUERY, [{}]),
    shared.askedBy(asker('anna')).everything({ patient: 'p', types: [], count: 1 }, () => undefined),
    ...['1', '2', '3', '4'].map((id) => shared.askedBy(asker('anna')).read('AuditEvent', id, [{}])),
    shared.askedBy(asker('anna')).search(OF_LOG, [{}]),
  ]
  // None of them waits for another person's.
  const others = Array.from({ length: 20 }, (_, at) =>
    shared.askedBy(asker(`person ${at}`)).read('Patient', 'b', [{}]),
  )
  await vi.waitFor(() => expect(begun).toEqual(['a', '1', '2', '3', ...Array(20).fill('b')]))
  for (let at = 0; at < 28; at++) {
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(at))
    answers[at]?.()
  }
  await Promise.all([...own, ...others])
})

/** A store whose searches take 1.5 s of the thread, and whose reads take none. */
const slowStore = () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  const begun: string[] = []
  const answer = Disclosure.of(undefined as never, { patients: [] })
  const source: ResourceSource = {
    read: async (_type, id) => {
      begun.push(id)
      return answer
    },
    search: async () => {
      begun.push('search')
      vi.advanceTimersByTime(1_500)
      return answer
    },
    everything: () => expect.fail(),
    streamTexts: () => expect.fail(),
  }
  return { source, begun }
}

test('J13 on SQLite, others have as much of the time as the searches of one person took', async () => {
  const { source, begun } = slowStore()
  const shared = sharedStore(source, 'sqlite')
  // Its answer is not delayed.
  await shared.askedBy(asker('anna')).search(QUERY, [{}])
  const next = shared.askedBy(asker('anna')).read('Patient', 'a', [{}])
  await shared.askedBy(asker('bert')).read('Patient', 'b', [{}])
  await vi.advanceTimersByTimeAsync(1_499)
  expect(begun).toEqual(['search', 'b'])
  await vi.advanceTimersByTimeAsync(1)
  expect(begun).toEqual(['search', 'b', 'a'])
  await next
  // A read that holds nobody up is followed by the next at once.
  await shared.askedBy(asker('anna')).read('Patient', 'c', [{}])
})

test('J13 on PostgreSQL, which reads beside the others, nobody pauses', async () => {
  const { source, begun } = slowStore()
  const shared = sharedStore(source, 'postgres')
  await shared.askedBy(asker('anna')).search(QUERY, [{}])
  await shared.askedBy(asker('anna')).read('Patient', 'a', [{}])
  expect(begun).toEqual(['search', 'a'])
})
