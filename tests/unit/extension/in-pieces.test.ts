import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { divideRows, InPieces } from '../../../extension/record/in-pieces.tsx'
import { SeriesRow } from '../../../extension/record/lists/entry-row.tsx'
import { foldEntries } from '../../../extension/record/lists/fold-entries.ts'
import { entryOf } from '../../fixtures/entries.ts'

const listItemsIn = (html: string): number => html.split('<li').length - 1

it('J60 only the first rows of a list are drawn at once, however many there are', () => {
  const list = (count: number) =>
    h(InPieces<number>, {
      rows: Array.from({ length: count }, (_, index) => index),
      weightOf: () => 10,
      piece: (rows) =>
        h(
          'ul',
          {},
          rows.map((row) => h('li', {}, row)),
        ),
    })
  expect(listItemsIn(renderToString(list(5)))).toBe(5)
  expect(listItemsIn(renderToString(list(20)))).toBe(20)
  expect(listItemsIn(renderToString(list(5_000)))).toBe(20)
})

it.each([
  [10, 20],
  [500, 4],
  [1_250, 1],
  [100_000, 1],
])('J60 of rows that are each as much work as %d elements, %d are drawn at once', (weight, drawn) => {
  const rows = Array.from({ length: 50 }, (_, index) => index)
  const pieces = divideRows(rows, () => weight)
  expect(pieces[0]).toHaveLength(drawn)
  expect(pieces.flat()).toEqual(rows)
})

it('J60 the earlier results of a test are not drawn before they are opened', () => {
  const [newest, ...earlier] = foldEntries(
    Array.from({ length: 500 }, (_, index) => entryOf('Observation', 'Glucose', { id: `result-${index}` })),
  )
  if (!newest) throw new Error('There is no row.')
  expect(listItemsIn(renderToString(h(SeriesRow, { newest, earlier })))).toBe(1)
})
