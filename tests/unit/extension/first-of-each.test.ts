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
