import { expect, it } from 'vitest'
import { firstOfEach } from '../../../extension/record/first-of-each.ts'

const row = (name: string, ...holders: string[]) => ({
  name,
  sources: holders.map((connectionId) => ({ connectionId })),
})
const names = (rows: ReturnType<typeof row>[], count: number) =>
  firstOfEach(rows, count).map(({ name }) => name)

it("F70 however many entries one organization has, another's are still shown", () => {
  const many = Array.from({ length: 500 }, (_, index) => row(`many ${index}`, 'many'))
  expect(names([...many, row('one', 'few'), row('two', 'few'), row('three', 'few')], 2)).toEqual([
    'many 0',
    'many 1',
    'one',
    'two',
  ])
})

it('an entry that two organizations hold counts for both, and is shown while either of them has room', () => {
  expect(names([row('a', 'x'), row('b', 'x', 'y'), row('c', 'y'), row('d', 'y')], 1)).toEqual(['a', 'b'])
  expect(names([row('a', 'x'), row('b', 'x', 'y'), row('c', 'y'), row('d', 'y')], 2)).toEqual(['a', 'b', 'c'])
})

it('F70 a row that is as much work as several counts as these, but one of each organization is shown', () => {
  const many = Array.from({ length: 50 }, (_, index) => row(`many ${index}`, 'many'))
  const rows = [...many, row('one', 'few')]
  const shown = (weight: number) => firstOfEach(rows, 12, () => weight).map(({ name }) => name)
  expect(shown(100)).toHaveLength(13)
  expect(shown(600)).toEqual(['many 0', 'many 1', 'one'])
  expect(shown(1_000_000)).toEqual(['many 0', 'one'])
})
