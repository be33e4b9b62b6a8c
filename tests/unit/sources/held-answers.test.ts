import { expect, test } from 'vitest'
import { createHeldAnswers, type HeldAnswers } from '../../../server/sources/upstream/held-answers.ts'

const MB = 1_000_000
const NEVER = new AbortController().signal
/** In MB, as docs/gateway.md states them. */
const [OF_HOLDER, FOR_OLDEST, OF_ALL] = [24, 48, 96]
const WORKS = 6
const BUSY = { status: 503, code: 'upstream_busy' }
const LARGE = { status: 502, code: 'upstream_large' }

const worksOf = (answersFor: ReturnType<typeof createHeldAnswers>, name: string) => () =>
  answersFor({ name: `account ${name}` }, NEVER)

/** Reads a page of so many MB that come one after the other. */
const read = async (work: HeldAnswers, size: number, isAhead?: boolean) => {
  await work.admit()
  return work.read(async (receive) => {
    for (let at = 0; at < size; at++) receive(MB)
    return { size }
  }, isAhead)
}

test('six works of a person read at a time; the next one waits until one of them ends', async () => {
  const answersFor = createHeldAnswers()
  const annas = worksOf(answersFor, 'anna')
  const works = Array.from({ length: WORKS }, annas)
  await Promise.all(works.map((work) => read(work, 1)))
  const events: string[] = []
  const next = read(annas(), 1).then(() => events.push('next'))
  await read(worksOf(answersFor, 'ben')(), 1).then(() => events.push('ben'))
  expect(events).toEqual(['ben'])
  works[3]?.end()
  await next
  expect(events).toEqual(['ben', 'next'])
})

test('a work that waits, or has read nothing yet, takes no memory, so thirty people can read side by side', async () => {
  const answersFor = createHeldAnswers()
  for (let person = 0; person < 30; person++) {
    const works = Array.from({ length: WORKS }, worksOf(answersFor, `person ${person}`))
    await Promise.all(works.map((work) => work.admit()))
  }
  await read(worksOf(answersFor, 'ben')(), OF_HOLDER)
})

test('what was read counts from its first byte until it is let go', async () => {
  const annas = worksOf(createHeldAnswers(), 'anna')
  const [oldest, other] = [annas(), annas()]
  await read(oldest, 1)
  const large = await read(other, OF_HOLDER - 1)
  await expect(read(other, 1)).rejects.toMatchObject(BUSY)
  other.letGo(large)
  await read(other, OF_HOLDER - 1)
})

test('a part that is refused counts no more', async () => {
  const annas = worksOf(createHeldAnswers(), 'anna')
  const [oldest, other] = [annas(), annas()]
  await read(oldest, 1)
  for (let times = 0; times < 5; times++) await expect(read(other, OF_HOLDER)).rejects.toMatchObject(BUSY)
  await read(other, OF_HOLDER - 1)
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

test('one person never keeps the others out: the oldest work is told that its page is too large', async () => {
  const answersFor = createHeldAnswers()
  const work = worksOf(answersFor, 'anna')()
  await expect(read(work, FOR_OLDEST + 1)).rejects.toMatchObject(LARGE)
  await read(work, FOR_OLDEST)
  await read(worksOf(answersFor, 'ben')(), OF_HOLDER)
})

test('nobody takes more than there is for all', async () => {
  const answersFor = createHeldAnswers()
  const [annas, bens] = ['anna', 'ben'].map((name) => worksOf(answersFor, name)())
  if (!annas || !bens) throw new Error('There are two of them.')
  await read(annas, FOR_OLDEST)
  await read(bens, OF_ALL - FOR_OLDEST)
  const cys = worksOf(answersFor, 'cy')()
  await expect(read(cys, 1)).rejects.toMatchObject(BUSY)
  bens.end()
  await read(cys, 1)
})

test('what is still on its way when a work ends counts until it has come, and so does its work', async () => {
  const answersFor = createHeldAnswers()
  const annas = worksOf(answersFor, 'anna')
  const works = Array.from({ length: WORKS }, annas)
  await Promise.all(works.map((work) => work.admit()))
  let finish = () => {}
  const coming = works[0]?.read(async (receive) => {
    receive(OF_HOLDER * MB)
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return {}
  })
  works[0]?.end()
  await expect(read(works[1] as HeldAnswers, 1)).rejects.toMatchObject(BUSY)
  const late = annas()
  let isAdmitted = false
  const admission = late.admit().then(() => {
    isAdmitted = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(isAdmitted).toBe(false)
  finish()
  await Promise.all([coming, admission])
  await read(late, OF_HOLDER)
})

test('a work that ends while it waits leaves nothing behind', async () => {
  const annas = worksOf(createHeldAnswers(), 'anna')
  const works = Array.from({ length: WORKS }, annas)
  await Promise.all(works.map((work) => work.admit()))
  const late = annas()
  const admission = late.admit()
  late.end()
  works[0]?.end()
  await admission
  for (const work of works) work.end()
  const again = Array.from({ length: WORKS }, annas)
  await Promise.all(again.map((work) => work.admit()))
  // The first of them is the oldest.
  await read(again[0] as HeldAnswers, FOR_OLDEST)
})
