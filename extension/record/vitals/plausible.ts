import type { Reading, VitalName } from '../../messages/vitals.ts'
import type { Point } from './timeline.ts'
import { vitalKinds } from './vital-kinds.ts'

/** No reading is older than the oldest person alive. */
const EARLIEST = Date.UTC(1900, 0, 1)

/**
 * Checks that a point can be right: its date is not before anybody was born, and a person can have its value. Anything else is a mistake
 * of a typist, a unit or an organization, and must not set the newest value, an axis or a trend.
 */
export const isCredible = (kind: VitalName, { reading, time }: Point): boolean =>
  time >= EARLIEST && isPossible(kind, reading)

/** A value in an unknown unit cannot be judged. */
const isPossible = (kind: VitalName, { amounts }: Reading): boolean =>
  amounts.every((amount, part) => {
    const [least, most] = vitalKinds[kind].possible[part] ?? []
    if (!amount || least === undefined || most === undefined) return true
    return amount.number >= least && amount.number <= most
  })
