import type { Clock } from '../config.ts'

/** A smaller step back is a normal correction of the system's clock, in milliseconds. */
const CORRECTION = 5_000
/** A greater step forward has to last as long before it is believed, in milliseconds. */
export const LEAP = 60_000

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
 *
 * A leap forward is believed once it has lasted for `LEAP`; until then this clock runs on from where it was. Otherwise a clock that is
 * wrong for a second would end every window for good (T07).
 */
export const forwardClock = ({ system, elapsed, latest, onSetBack }: ForwardClock): Clock => {
  let last = { time: Math.max(latest, system()), at: elapsed() }
  let slowed: { readonly from: number; readonly since: number } | undefined
  let leap: { readonly from: number; readonly since: number; readonly begun: number } | undefined
  let reportedBehind = 0
  const step = (now: number, at: number): number => {
    if (now < last.time) {
      leap = undefined
      slowed ??= { from: last.time, since: at }
      if (last.time - now > reportedBehind + CORRECTION) {
        reportedBehind = last.time - now
        onSetBack(reportedBehind)
      }
      return Math.max(last.time, Math.floor(slowed.from + (at - slowed.since) / 2))
    }
    slowed = undefined
    reportedBehind = 0
    // From where it began, because the fractions of many short steps would be lost.
    const { from, since } = leap ?? { from: last.time, since: last.at }
    const expected = from + Math.max(0, Math.floor(at - since))
    if (now <= expected + LEAP) {
      leap = undefined
      return now
    }
    leap ??= { from, since, begun: at }
    return at - leap.begun < LEAP ? expected : now
  }
  return () => {
    const at = elapsed()
    last = { time: step(system(), at), at }
    return last.time
  }
}
