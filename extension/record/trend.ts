import type { Source } from '../messages/vitals.ts'
import type { Point } from './timeline.ts'

/** The point that the newest one is compared with, and the differences. */
export interface Trend {
  earlier: Point
  /** By part (weight, or systolic and diastolic), positive for an increase; steady or unknown parts are absent. */
  changes: { part: number; by: number }[]
}

const DAY = 24 * 60 * 60_000
const BEFORE = 91 * DAY
const LEAST = 45 * DAY
const MOST = 137 * DAY

/** The normal variation of a weight between days, and of a blood pressure between measurements. */
const STEADY = { weight: 1, 'blood-pressure': 10 }

export type Kind = keyof typeof STEADY

/**
 * Compares the newest point with an earlier one of a shared source: the nearest to 91 days before it, within 45 to 137 days.
 * Less than 1 kg, or 10 mmHg in a part, is steady. States no judgement of what is good (decision 23).
 */
export const trendOf = (kind: Kind, points: readonly Point[]): Trend | undefined => {
  const [newest, ...others] = points
  if (!newest) return undefined
  const [earlier] = others
    .filter(({ time }) => newest.time - time >= LEAST && newest.time - time <= MOST)
    .filter(({ sources }) => sources.some((source) => newest.sources.some(isSameAs(source))))
    .filter((point) => differences(newest, point).length > 0)
    .sort((a, b) => distance(newest, a) - distance(newest, b))
  if (!earlier) return undefined
  return {
    earlier,
    changes: differences(newest, earlier).filter(({ by }) => Math.abs(by) >= STEADY[kind] - 1e-6),
  }
}

const isSameAs =
  ({ connectionId }: Source) =>
  (other: Source) =>
    other.connectionId === connectionId

const distance = (newest: Point, { time }: Point): number => Math.abs(newest.time - time - BEFORE)

const differences = ({ reading: newest }: Point, { reading: earlier }: Point): Trend['changes'] =>
  newest.amounts.flatMap((amount, part) => {
    const before = earlier.amounts[part]
    return amount && before ? [{ part, by: amount.number - before.number }] : []
  })
