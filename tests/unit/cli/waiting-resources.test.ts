import { expect, it } from 'vitest'
import { createWaitingResources } from '../../../server/cli/import/import-records.ts'

it('lets no more wait than it may, but a later one in the place of an earlier one', () => {
  const waiting = createWaitingResources(2)
  const at = (index: number) => ({ file: 0, index })
  const added = ['a', 'b', 'c', 'a'].map((id, index) => waiting.add(`Observation/${id}`, at(index)))
  expect(added).toEqual([true, true, false, true])
  expect(waiting.superseded()).toBe(1)
  expect(waiting.take()).toEqual(
    new Map([
      ['Observation/b', at(1)],
      ['Observation/a', at(3)],
    ]),
  )
  expect([waiting.size(), waiting.add('Observation/c', at(2))]).toEqual([0, true])
})
