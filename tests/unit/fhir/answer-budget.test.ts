import { beforeEach, expect, test, vi } from 'vitest'
import { type AnswerBudget, createAnswerBudget } from '../../../server/fhir/access/answer-budget.ts'
import { turnOfOthers } from '../../../server/turns.ts'
import { countTurns } from '../../fixtures/count-turns.ts'

const LIMITS = { all: 10, holder: 6, wait: 1_000, line: 500 }

let budget: AnswerBudget
/** The answers that are being worked on, or were. */
let started: string[]
beforeEach(() => {
  budget = createAnswerBudget(LIMITS)
  started = []
})

/** @param kept what the answer holds once it is known. */
const hold = (name: string, holder: string, most: number, kept = most) => {
  const share = budget.open()
  const work = async () => {
    started.push(name)
    return name
  }
  const result = share.hold({ name: holder }, most, work, () => kept)
  result.catch(() => {})
  return { ...share, result }
}
/** Waits until all answers for which there is room have begun. */
const settle = async () => {
  for (let answer = 0; answer < 5; answer++) await turnOfOthers()
}

test('J13 nothing is worked on before there is room for it', async () => {
  const first = hold('first', 'anna', 6)
  hold('second', 'bert', 6)
  await settle()
  expect(started).toEqual(['first'])
  first.end()
  await settle()
  expect(started).toEqual(['first', 'second'])
})

test('J13 an answer that is smaller than it could be makes room at once', async () => {
  hold('first', 'anna', 6, 1)
  hold('second', 'anna', 5)
  await settle()
  expect(started).toEqual(['first', 'second'])
})

test('J13 one holder does not keep others waiting, and those who wait have their turns in order', async () => {
  const first = hold('first', 'anna', 6)
  hold('second', 'anna', 4)
  hold('third', 'bert', 4)
  hold('fourth', 'carl', 6)
  hold('fifth', 'dora', 1)
  await settle()
  expect(started).toEqual(['first', 'third'])
  first.end()
  await settle()
  expect(started).toEqual(['first', 'third', 'second'])
})

test('J13 an answer for which there is no room in time is refused, and keeps nothing', async () => {
  vi.useFakeTimers()
  const first = hold('first', 'anna', 6)
  const second = hold('second', 'anna', 6)
  vi.advanceTimersByTime(LIMITS.wait)
  vi.useRealTimers()
  await expect(second.result).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  second.end()
  first.end()
  hold('third', 'anna', 6)
  await settle()
  expect(started).toEqual(['first', 'third'])
})

test('J13 a body counts from its first byte, for its holder and for all, until its answer has ended', () => {
  const [first, second] = [budget.open(), budget.open()]
  const [third, fourth] = [budget.open(), budget.open()]
  const busy = expect.objectContaining({ status: 503, headers: { 'retry-after': '1' } })
  first.receive({ name: 'anna' }, 2)
  first.receive({ name: 'anna' }, 3)
  second.receive({ name: 'anna' }, 1)
  expect(() => fourth.receive({ name: 'anna' }, 1)).toThrow(busy)
  third.receive({ name: 'bert' }, 4)
  expect(() => fourth.receive({ name: 'carl' }, 1)).toThrow(busy)
  first.end()
  first.end()
  fourth.receive({ name: 'anna' }, 5)
  expect(() => first.receive({ name: 'anna' }, 1)).toThrow(busy)
})

test('J13 a body that is refused counts no longer, so that another one fits', () => {
  const [first, second] = [budget.open(), budget.open()]
  first.receive({ name: 'anna' }, 3)
  second.receive({ name: 'anna' }, 3)
  expect(() => second.receive({ name: 'anna' }, 1)).toThrow(expect.objectContaining({ status: 503 }))
  first.receive({ name: 'anna' }, 3)
  second.end()
  expect(() => second.receive({ name: 'anna' }, 1)).toThrow(expect.objectContaining({ status: 503 }))
})

test('J13 answers of one holder begin in turns of the event loop of their own, with others in between', async () => {
  const eventLoop = countTurns()
  const begin = async (holder: string) => {
    const share = budget.open()
    const began = await share.hold(
      { name: holder },
      1,
      async () => eventLoop.turn(),
      () => 0,
    )
    return { holder, began }
  }
  const begun = await Promise.all(['anna', 'anna', 'anna', 'bert'].map(begin))
  eventLoop.stop()
  const turnsOf = (name: string) => begun.filter(({ holder }) => holder === name).map(({ began }) => began)
  const [first, ...others] = turnsOf('anna')
  expect(new Set([0, first, ...others]).size).toBe(4)
  expect(turnsOf('bert')).toEqual([first])
})

test('J13 one that is larger than was known is answered if it is the only one of its holder', async () => {
  const only = hold('only', 'anna', 1, 20)
  await expect(only.result).resolves.toBe('only')
  only.end()
  hold('first', 'anna', 1)
  await settle()
  await expect(hold('second', 'anna', 1, 20).result).rejects.toMatchObject({ status: 503 })
})
