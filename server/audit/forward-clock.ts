import type { Clock } from '../config.ts'

/** A step back up to this is a normal correction of the system's clock, in milliseconds. */
const CORRECTION = 5_000

export interface ForwardClock {
  /** The system's clock. */
  readonly system: Clock
  /** Milliseconds since a fixed moment; a change of the system's clock does not affect them. */
  readonly elapsed: Clock
  /** The latest known time, in milliseconds since 1970. */
  readonly seen: number
  /** Called once each time that the system's clock was set back, with the milliseconds that it is behind. */
  readonly onSetBack: (behind: number) => void
}

/**
 * Returns a clock that never goes back, so that ended windows stay ended (F16). While the system's clock is behind the latest
 * time returned, the clock runs on from there at half its pace: waits end, windows close, and the system's clock catches up.
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
