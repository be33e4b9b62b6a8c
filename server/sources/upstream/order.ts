import { SORTED_DATES } from '../../fhir/index/put-resource.ts'
import { valuesOfParameter } from '../../query/indexed-values.ts'
import type { Sort } from '../../query/query.ts'
import type { UpstreamResource } from '../transport/upstream.ts'
import { MARGIN } from './conditions.ts'

/** How far a list has come, by each order in which a server may sort. */
export type Reached = readonly number[]

/**
 * Follows the rows of a sorted list as upstream gives them.
 *
 * @param reached how far it has come: no further row belongs wholly before that.
 * @returns how far it comes with this row, and whether the row belongs before.
 */
export type Order = (
  row: UpstreamResource,
  reached: Reached | undefined,
) => { readonly reached: Reached | undefined; readonly isBroken: boolean }

/** Servers may sort by either end of a span, or by anything in it. */
interface Span {
  readonly low: number
  readonly high: number
}

/**
 * Tells only an order that is broken however a server sorts: two rows may be in any order where their spans overlap, and a row is out of
 * order only if it is by each order.
 */
export const orderOf = ({ by, descending }: Sort): Order => {
  const isBefore = (one: number, other: number) => (descending ? one > other : one < other)
  return (row, reached) => {
    const spans = spansOf[by](row)
    if (!spans) return { reached, isBroken: false }
    const ends = spans.map(({ low, high }, at) => {
      const [near, far] = descending ? [high, low] : [low, high]
      return { near, far, before: reached?.[at] }
    })
    return {
      reached: ends.map(({ near, before }) =>
        before === undefined || isBefore(before, near) ? near : before,
      ),
      isBroken: ends.every(({ far, before }) => before !== undefined && isBefore(far, before)),
    }
  }
}

const DAY = 86_400_000

const spansOfDates = ({ type, resource }: UpstreamResource): Span[] | undefined =>
  around(
    SORTED_DATES.flatMap((param) => valuesOfParameter(type, resource, param).dates).flatMap(
      ({ interval: { low, high } }) => {
        // Upstream may read days in a time zone of its own.
        const margin = high - low < DAY ? 0 : MARGIN
        return [low - margin, high - 1 + margin]
      },
    ),
  )

/** Servers sort texts by rules of their own, but agree on plain letters, apart from their case: all capitals may come before the rest. */
const spansOfTexts = (texts: readonly string[]): Span[] | undefined => {
  const initials = texts.map((text) => /^[a-z]/i.exec(text)?.[0] ?? '')
  const byCharacter = around(initials.map((letter) => letter.charCodeAt(0)))
  const byLetter = around(initials.map((letter) => letter.toLowerCase().charCodeAt(0)))
  return byCharacter && byLetter && [...byCharacter, ...byLetter]
}

/** @returns undefined if it is not known what upstream sorts by. */
const around = (values: readonly number[]): Span[] | undefined =>
  values.length === 0 || values.includes(Number.NaN)
    ? undefined
    : [{ low: Math.min(...values), high: Math.max(...values) }]

const spansOf: Record<Sort['by'], (row: UpstreamResource) => Span[] | undefined> = {
  date: spansOfDates,
  birthdate: spansOfDates,
  name: ({ type, resource }) =>
    spansOfTexts(valuesOfParameter(type, resource, 'family').strings.map(({ text }) => text)),
  _lastUpdated: ({ lastUpdated }) => around(lastUpdated === 0 ? [] : [lastUpdated]),
  _id: ({ id }) => spansOfTexts([id]),
}
