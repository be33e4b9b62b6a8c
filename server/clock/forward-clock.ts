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

/** A moment of a clock: its time, and `elapsed` then. */
interface Moment {
  readonly time: number
  readonly at: number
}

/** The time of a clock that runs on evenly from this moment. */
const runOn = ({ time, at }: Moment, now: number): number => time + Math.max(0, Math.floor(now - at))

/**
 * Returns a clock that never goes back, so that ended windows stay ended (F16). While the system's clock is behind the time
 * that was returned last, this clock runs on from there at half speed: waits and windows still end, and the system's clock catches
 * up.
 *
 * A leap forward is believed once it has lasted for `LEAP`; until then this clock runs on from where it was. Otherwise a clock that is
 * wrong for a second would end every window for good (T07). Only the least that it was ahead meanwhile is believed, and any more is
 * another leap, which has to last as long.
 */
export const forwardClock = ({ system, elapsed, latest, onSetBack }: ForwardClock): Clock => {
  let last: Moment = { time: Math.max(latest, system()), at: elapsed() }
  let slowed: Moment | undefined
  let leap: { readonly before: Moment; readonly begun: number; least: Moment } | undefined
  let reportedBehind = 0
  const step = (now: number, at: number): number => {
    if (now < last.time) {
      leap = undefined
      slowed ??= { time: last.time, at }
      if (last.time - now > reportedBehind + CORRECTION) {
        reportedBehind = last.time - now
        onSetBack(reportedBehind)
      }
      return Math.max(last.time, Math.floor(slowed.time + (at - slowed.at) / 2))
    }
    slowed = undefined
    reportedBehind = 0
    // From where it began, because the fractions of many short steps would be lost.
    let believed = leap?.before ?? last
    if (leap && now < runOn(leap.least, at)) leap.least = { time: now, at }
    if (leap && at - leap.begun >= LEAP) {
      believed = leap.least
      leap = undefined
    }
    const expected = runOn(believed, at)
    if (now <= expected + LEAP) {
      leap = undefined
      return now
    }
    leap ??= { before: believed, begun: at, least: { time: now, at } }
    return expected
  }
  return () => {
    const at = elapsed()
    last = { time: step(system(), at), at }
    return last.time
  }
}
