import type { Clock } from '../config.ts'

/** A smaller step back is a normal correction of the system's clock, in milliseconds. */
const CORRECTION = 5_000

interface ForwardClock {
  /** The system's clock. */
  readonly system: Clock
  /** Milliseconds since a fixed moment; a change of the system's clock does not affect them. */
  readonly elapsed: Clock
  /** The latest known time, in milliseconds since 1970. */
  readonly latest: number
  /** Called each time that the system's clock is set back, with the milliseconds that it is behind. */
  readonly onSetBack: (behind: number) => void
}

/**
 * Returns a clock that never goes back, so that ended windows stay ended (F16). While the system's clock is behind the time
 * that was returned last, this clock runs on from there at half speed: waits and windows still end, and the system's clock catches
 * up.
 */
export const forwardClock = ({ system, elapsed, latest, onSetBack }: ForwardClock): Clock => {
  let lastReturned = latest
  let slowed: { readonly from: number; readonly since: number } | undefined
  let reportedBehind = 0
  return () => {
    const now = system()
    if (now >= lastReturned) {
      slowed = undefined
      reportedBehind = 0
      lastReturned = now
      return lastReturned
    }
    slowed ??= { from: lastReturned, since: elapsed() }
    if (lastReturned - now > reportedBehind + CORRECTION) {
      reportedBehind = lastReturned - now
      onSetBack(reportedBehind)
    }
    lastReturned = Math.max(lastReturned, Math.floor(slowed.from + (elapsed() - slowed.since) / 2))
    return lastReturned
  }
}
