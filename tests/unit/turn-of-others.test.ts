import { afterEach, expect, it, vi } from 'vitest'
import { turnOfOthers } from '../../server/turns.ts'
import { countTurns } from '../fixtures/count-turns.ts'

afterEach(() => vi.restoreAllMocks())

it.each([
  { times: [0], turns: 32, when: 'nobody does anything in them' },
  { times: [0, 2, 4, 6], turns: 3, when: 'others do 2 ms of work in each' },
  { times: [0, 1_000], turns: 1, when: 'others do a second of work in the first' },
])('J13 others have $turns turns if $when', async ({ times, turns }) => {
  const now = vi.spyOn(performance, 'now')
  for (const time of times) now.mockReturnValueOnce(time)
  now.mockReturnValue(times.at(-1) ?? 0)
  const { turn, stop } = countTurns()
  await turnOfOthers()
  stop()
  expect(turn()).toBe(turns)
})
