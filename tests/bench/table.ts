import type { Result } from './comparison.ts'
import { quantile } from './statistics.ts'

const HEAD = ['', 'ours', 'bare', 'unit', 'ratio', 'of each round', 'aim', 'p50/p99 ms ours', 'bare']

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2)

/** Whether the ratio meets its aim; undefined without an aim. */
const isMet = ({ unit, ratio, aim }: Result): boolean | undefined =>
  aim === undefined ? undefined : unit === 'requests/s' ? ratio >= aim : ratio <= aim

const aimOf = (result: Result): string => {
  if (result.aim === undefined) return ''
  return `${result.unit === 'requests/s' ? '≥' : '≤'} ${result.aim} ${isMet(result) ? '✓' : '✗'}`
}

const percentiles = ({ p50, p99 }: Result['ours']): string =>
  Number.isNaN(p50) ? '' : `${number(p50)}/${number(p99)}`

/** Formats the results as text, one row each. */
export const table = (results: readonly Result[]): string => {
  const rows = results.map((result) => [
    `${result.name}: ${result.variant}`,
    number(result.ours.median),
    number(result.bare.median),
    result.unit,
    result.ratio.toFixed(2),
    // If the middle round is far from the ratio, the machine changed during the run, and neither number is reliable.
    [0, 0.5, 1].map((share) => quantile(result.ratios, share).toFixed(2)).join(' · '),
    aimOf(result),
    percentiles(result.ours),
    percentiles(result.bare),
  ])
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)))
  return [HEAD, ...rows]
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 || at === 3 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
