import { expect, test } from 'vitest'
import type { Query } from '../../../server/query/query.ts'
import { pageSizeFor } from '../../../server/sources/upstream/total-upstream.ts'

const query = (count: number, total?: Query['total']): Query => ({
  type: 'Observation',
  text: '',
  filters: [],
  count,
  ...(total && { total }),
  usedParameters: [],
})

test.each([
  [1, 20],
  [50, 51],
  [199, 200],
  // With pages of 200, a second one would be read for a single row.
  [200, 101],
])('a page of %d reads %d rows at a time upstream, one more than it shows', (count, rows) => {
  expect(pageSizeFor(query(count))).toBe(rows)
})

test('a count reads as many rows at a time as servers return', () => {
  expect(pageSizeFor(query(0))).toBe(200)
  expect(pageSizeFor(query(5, 'accurate'))).toBe(200)
})
