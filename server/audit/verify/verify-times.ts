import { Finding, nameOf } from '../entry/finding.ts'

/** Milliseconds by which an entry may be older than the one before it, because processes have separate clocks and commit in any order. */
const SLACK = 60_000

interface Entry {
  readonly index: number
  readonly id: string | null
  readonly recorded: number | null
  /** Whether it says that the operator accepted an earlier time, and was signed. */
  readonly acceptsClock: boolean
}

/**
 * Creates a check that is called with each entry, in the order of the log. Dates may not go back, because the server's clock never
 * does (docs/decisions/0036), except after an entry which states that the operator accepted an earlier time.
 *
 * @param before the time of the entry before the first that is checked.
 * @returns a function that throws `Finding` for an entry that is dated before earlier ones.
 */
export const createTimeCheck = (before = Number.NEGATIVE_INFINITY): ((entry: Entry) => void) => {
  let newest = before
  return (entry) => {
    const recordedAt = entry.recorded ?? Number.NaN
    if (entry.acceptsClock) newest = recordedAt
    if (!(recordedAt >= newest - SLACK))
      throw new Finding('misdated', `${nameOf(entry)} is dated before entries that were logged before it.`)
    newest = Math.max(newest, recordedAt)
  }
}
