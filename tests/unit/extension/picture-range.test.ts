import { expect, it } from 'vitest'
import { DAY, pictureRange } from '../../../extension/record/vitals/pictures.ts'

const now = 1_796_000_000
const year = 365 * DAY
/** How far from the left edge a reading lies in a picture that is 320 pixels wide. */
const pixelsOf = (time: number, [from, to]: [number, number]) => ((time - from) / (to - from)) * 320

it.each([
  ['of all time', Number.NEGATIVE_INFINITY],
  ['of a year', now - 2 * year],
])('the marks of the first reading are not cut at the left edge of a picture %s', (_, begin) => {
  const first = now - 2 * year
  expect(pixelsOf(first, pictureRange([first, now - DAY], begin, now))).toBeGreaterThan(7)
})

it('the picture of a span begins with the span if the first reading is far from its beginning', () => {
  expect(pictureRange([now - year / 2, now - DAY], now - year, now)).toEqual([now - year, now])
})
