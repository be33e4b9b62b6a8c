import { useState } from 'preact/hooks'

export const SPANS = ['3_months', '12_months', 'all'] as const
export type Span = (typeof SPANS)[number]

const MONTHS = { '3_months': 3, '12_months': 12 }

/** Returns the beginning of a span in milliseconds since 1970; -Infinity for `all`. */
export const beginOf = (span: Span, now: number = Date.now()): number => {
  if (span === 'all') return Number.NEGATIVE_INFINITY
  const begin = new Date(now)
  const month = begin.getMonth() - MONTHS[span]
  begin.setMonth(month)
  // 31 May less three months is the last of February, not a day in March.
  if (begin.getMonth() !== ((month % 12) + 12) % 12) begin.setDate(0)
  return begin.setHours(0, 0, 0, 0)
}

let currentSpan: Span = '12_months'

/** Keeps the chosen span while the popup is open, across records. */
export const useSpan = (): [Span, (span: Span) => void] => {
  const [span, setSpan] = useState(currentSpan)
  return [
    span,
    (next) => {
      currentSpan = next
      setSpan(next)
    },
  ]
}
