import type { Clock } from '../config.ts'

/** What is no more than a correction of the system's clock, in milliseconds. */
const CORRECTION = 5_000

export interface ForwardClock {
  /** The system's clock. */
  readonly system: Clock
  /** Milliseconds that have passed since any moment, whatever becomes of the system's clock. */
  readonly elapsed: Clock
  /** The latest time that is known to have been, in milliseconds since 1970. */
  readonly seen: number
  /** Told once each time that the system's clock was set back, with the milliseconds that it is behind. */
  readonly onSetBack: (behind: number) => void
}

/**
 * A clock that never goes back, so that what was over stays over (F16). While the system's clock is behind the latest time
 * told, it goes on from there at half its pace: waits end, windows close, and a clock that was ahead once is caught up with.
 */
export const forwardClock = ({ system, elapsed, seen, onSetBack }: ForwardClock): Clock => {
  let told = seen
  let behind: { readonly from: number; readonly since: number } | undefined
  let reported = 0
  return () => {
    const now = system()
    if (now >= told) {
      behind = undefined
      reported = 0
      told = now
      return told
    }
    behind ??= { from: told, since: elapsed() }
    if (told - now > reported + CORRECTION) {
      reported = told - now
      onSetBack(reported)
    }
    told = Math.max(told, Math.floor(behind.from + (elapsed() - behind.since) / 2))
    return told
  }
}
