import { SORTED_DATES } from '../../fhir/index/put-resource.ts'
import { valuesOfParameter } from '../../query/indexed-values.ts'
import type { Sort } from '../../query/query.ts'
import type { UpstreamResource } from '../transport/upstream.ts'
import { MARGIN } from './conditions.ts'

/**
 * Follows the rows of a sorted list as upstream gives them.
 *
 * @param reached how far it has come: no further row belongs wholly before that.
 * @returns how far it comes with this row, and whether the row belongs before.
 */
export type Order = (
  row: UpstreamResource,
  reached: number | undefined,
) => { readonly reached: number | undefined; readonly isBroken: boolean }

/** Servers may sort by either end of a span, or by anything in it. */
interface Span {
  readonly low: number
  readonly high: number
}

/** Tells only an order that is broken however a server sorts: two rows may be in any order where their spans overlap. */
export const orderOf = ({ by, descending }: Sort): Order => {
  const isBefore = (one: number, other: number) => (descending ? one > other : one < other)
  return (row, reached) => {
    const span = spanOf[by](row)
    if (!span) return { reached, isBroken: false }
    const [near, far] = descending ? [span.high, span.low] : [span.low, span.high]
    return {
      reached: reached === undefined || isBefore(reached, near) ? near : reached,
      isBroken: reached !== undefined && isBefore(far, reached),
    }
  }
}

const DAY = 86_400_000

const spanOfDates = ({ type, resource }: UpstreamResource): Span | undefined =>
  around(
    SORTED_DATES.flatMap((param) => valuesOfParameter(type, resource, param).dates).flatMap(
      ({ interval: { low, high } }) => {
        // Upstream may read days in a time zone of its own.
        const margin = high - low < DAY ? 0 : MARGIN
        return [low - margin, high - 1 + margin]
      },
    ),
  )

/** Servers sort texts by rules of their own, but agree on plain letters. */
const initials = (texts: readonly string[]): number[] =>
  texts.map((text) => /^[a-z]/i.exec(text)?.[0].toLowerCase().charCodeAt(0) ?? Number.NaN)

/** @returns undefined if it is not known what upstream sorts by. */
const around = (values: readonly number[]): Span | undefined =>
  values.length === 0 || values.includes(Number.NaN)
    ? undefined
    : { low: Math.min(...values), high: Math.max(...values) }

const spanOf: Record<Sort['by'], (row: UpstreamResource) => Span | undefined> = {
  date: spanOfDates,
  birthdate: spanOfDates,
  name: ({ type, resource }) =>
    around(initials(valuesOfParameter(type, resource, 'family').strings.map(({ text }) => text))),
  _lastUpdated: ({ lastUpdated }) => around(lastUpdated === 0 ? [] : [lastUpdated]),
  _id: ({ id }) => around(initials([id])),
}
