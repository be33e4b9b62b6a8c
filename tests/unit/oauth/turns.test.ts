import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createTurns } from '../../../server/oauth/clients/turns.ts'

it('runs a few callers of one name at a time, in their order, and any number of others', async () => {
  const takeTurn = createTurns(2)
  const started: number[] = []
  const ends: (() => void)[] = []
  const take = (n: number, name = 'one') =>
    takeTurn(name).then((end) => {
      started.push(n)
      ends.push(end)
    })
  for (const n of [1, 2, 3, 4]) void take(n)
  void take(9, 'another')
  await nextTurn()
  expect(started).toEqual([1, 2, 9])
  ends[0]?.()
  await nextTurn()
  expect(started).toEqual([1, 2, 9, 3])
  ends[1]?.()
  ends[3]?.()
  await nextTurn()
  expect(started).toEqual([1, 2, 9, 3, 4])
})
