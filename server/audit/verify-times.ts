import type { AuditEvent } from '@medplum/fhirtypes'
import { Finding, nameOf } from './finding.ts'

/** Milliseconds that dates may run back: processes have separate clocks, and concurrent entries are placed in either order. */
const SLACK = 60_000

interface Entry {
  readonly index: number
  readonly id: string | null
  readonly recorded: number | null
  readonly subtype: string | null
  readonly json: string | null
}

/**
 * Checks entries in the order of the log: their dates must follow it, because the server's clock never goes back
 * (docs/decisions/0036), except after an entry that states that the operator set it back.
 *
 * @returns a function that throws `Finding` for an entry that is dated before earlier ones.
 */
export const timesInOrder = (): ((entry: Entry) => void) => {
  let newest = Number.NEGATIVE_INFINITY
  return (entry) => {
    const recorded = entry.recorded ?? Number.NaN
    if (saysClockAccepted(entry)) newest = recorded
    if (!(recorded >= newest - SLACK))
      throw new Finding('misdated', `${nameOf(entry)} is dated before entries that were logged before it.`)
    newest = Math.max(newest, recorded)
  }
}

const saysClockAccepted = ({ subtype, json }: Entry): boolean =>
  subtype === 'clock' &&
  ((JSON.parse(json ?? '{}') as AuditEvent).entity ?? []).some(({ detail = [] }) =>
    detail.some(({ type, valueString }) => type === 'clock' && valueString === 'clock_accepted'),
  )
