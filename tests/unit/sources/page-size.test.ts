import { expect, test } from 'vitest'
import type { Query } from '../../../server/query/query.ts'
import { pageSizeFor, rowsOnPage } from '../../../server/sources/upstream/total-upstream.ts'

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
  // A second page would be read for a single row.
  [200, 200],
])('J44 a page of %d reads %d rows at a time upstream, one more than it shows', (count, rows) => {
  expect(pageSizeFor(query(count))).toBe(rows)
  expect(rowsOnPage(count)).toBe(Math.min(count, rows - 1))
})

test('a count reads as many rows at a time as servers return', () => {
  expect(pageSizeFor(query(0))).toBe(200)
  expect(pageSizeFor(query(5, 'accurate'))).toBe(200)
})
