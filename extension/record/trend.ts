import type { Source } from '../messages/vitals.ts'
import type { Point } from './timeline.ts'

/** What the newest is compared with, and by how much it differs. */
export interface Trend {
  earlier: Point
  /** Weight, or systolic and diastolic; absent where it is steady or not known. Positive: more than before. */
  changes: { part: number; by: number }[]
}

const DAY = 24 * 60 * 60_000
const BEFORE = 91 * DAY
const LEAST = 45 * DAY
const MOST = 137 * DAY

/** What a weight differs by from one day to another, and a blood pressure from one measurement to the next. */
const STEADY = { weight: 1, 'blood-pressure': 10 }

export type Kind = keyof typeof STEADY

/**
 * The newest point beside one that an organization of its own holds too: the one nearest to three months before it, at least half
 * and at most one and a half times that long. Less than 1 kg, or 10 mmHg in both parts, is steady. It says nothing of what is good (decision 23).
 */
export const trendOf = (kind: Kind, points: readonly Point[]): Trend | undefined => {
  const [newest, ...others] = points
  if (!newest) return undefined
  const [earlier] = others
    .filter(({ time }) => newest.time - time >= LEAST && newest.time - time <= MOST)
    .filter(({ sources }) => sources.some((source) => newest.sources.some(isOf(source))))
    .filter((point) => differences(newest, point).length > 0)
    .sort((a, b) => distance(newest, a) - distance(newest, b))
  if (!earlier) return undefined
  return {
    earlier,
    changes: differences(newest, earlier).filter(({ by }) => Math.abs(by) >= STEADY[kind] - 1e-6),
  }
}

const isOf =
  ({ connectionId }: Source) =>
  (other: Source) =>
    other.connectionId === connectionId

const distance = (newest: Point, { time }: Point): number => Math.abs(newest.time - time - BEFORE)

const differences = ({ reading: newest }: Point, { reading: earlier }: Point): Trend['changes'] =>
  newest.amounts.flatMap((amount, part) => {
    const before = earlier.amounts[part]
    return amount && before ? [{ part, by: amount.number - before.number }] : []
  })
