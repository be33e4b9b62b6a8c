import { afterEach, expect, test, vi } from 'vitest'
import { createHeldAnswers, type HeldAnswers } from '../../../server/sources/upstream/held-answers.ts'

afterEach(() => vi.useRealTimers())

const MB = 1_000_000
const NEVER = new AbortController().signal
/** As in docs/gateway.md. */
const [OF_HOLDER, OF_WORK, OF_ALL] = [24, 4, 96]
const BUSY = { status: 503, code: 'upstream_busy' }

type Answers = ReturnType<typeof createHeldAnswers>
const worksOf = (answersFor: Answers, name: string) => () => answersFor({ name: `account ${name}` }, NEVER)

/** Reads an answer of so many MB that come one after the other. */
const read = (work: HeldAnswers, size: number, isAhead?: boolean) =>
  work.read(async (receive) => {
    for (let at = 0; at < size; at++) receive(MB)
    return { size }
  }, isAhead)

test('a person has memory for six works at a time; the next one waits until one of them ends', async () => {
  const answersFor = createHeldAnswers()
  const annas = worksOf(answersFor, 'anna')
  const works = Array.from({ length: OF_HOLDER / OF_WORK }, annas)
  await Promise.all(works.map((work) => read(work, 1)))
  const events: string[] = []
  const next = read(annas(), 1).then(() => events.push('next'))
  await read(worksOf(answersFor, 'ben')(), 1).then(() => events.push('ben'))
  expect(events).toEqual(['ben'])
  works[3]?.end()
  await next
  expect(events).toEqual(['ben', 'next'])
})

test('what was read counts from its first byte until it is let go', async () => {
  const annas = worksOf(createHeldAnswers(), 'anna')
  const [oldest, other] = [annas(), annas()]
  await read(oldest, 1)
  const large = await read(other, OF_HOLDER - OF_WORK)
  await expect(read(other, 1)).rejects.toMatchObject(BUSY)
  other.letGo(large)
  await read(other, OF_HOLDER - 2 * OF_WORK)
})

test('a part that is refused counts no more', async () => {
  const annas = worksOf(createHeldAnswers(), 'anna')
  const [oldest, other] = [annas(), annas()]
  await read(oldest, 1)
  for (let times = 0; times < 5; times++) await expect(read(other, OF_HOLDER)).rejects.toMatchObject(BUSY)
  await read(other, OF_HOLDER - OF_WORK)
})

test("the oldest work may take more than its holder's part for what it needs, and not for what it reads ahead", async () => {
  const annas = worksOf(createHeldAnswers(), 'anna')
  const [oldest, other] = [annas(), annas()]
  await read(oldest, 1)
  await read(other, 1)
  await expect(read(oldest, OF_HOLDER + 1, true)).rejects.toMatchObject(BUSY)
  await read(oldest, OF_HOLDER + 1)
  oldest.end()
  // Now the other one is the oldest.
  await read(other, OF_HOLDER + 1)
})

test('nobody takes more than there is for all', async () => {
  const answersFor = createHeldAnswers()
  const large = worksOf(answersFor, 'anna')()
  await expect(read(large, OF_ALL + 1)).rejects.toMatchObject(BUSY)
  await read(large, OF_ALL)
  large.end()
  await read(worksOf(answersFor, 'ben')(), 1)
})

test('what is still on its way when a work ends counts until it has come', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const answersFor = createHeldAnswers()
  const work = worksOf(answersFor, 'anna')()
  let finish = () => {}
  const coming = work.read(async (receive) => {
    receive(OF_ALL * MB)
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return {}
  })
  await vi.advanceTimersByTimeAsync(0)
  work.end()
  const refused = expect(read(worksOf(answersFor, 'ben')(), 1)).rejects.toMatchObject({ status: 503 })
  await vi.advanceTimersByTimeAsync(4_800)
  await refused
  finish()
  await coming
  await read(worksOf(answersFor, 'ben')(), 1)
})

test('a work that ends while it waits for memory leaves nothing behind', async () => {
  const answersFor = createHeldAnswers()
  const annas = worksOf(answersFor, 'anna')
  const works = Array.from({ length: OF_HOLDER / OF_WORK }, annas)
  await Promise.all(works.map((work) => read(work, 1)))
  const late = annas()
  const reading = read(late, 1)
  late.end()
  works[0]?.end()
  await reading
  for (const work of works) work.end()
  // All of it is free again.
  const again = annas()
  await read(again, 1)
  await read(annas(), OF_HOLDER - OF_WORK)
})
