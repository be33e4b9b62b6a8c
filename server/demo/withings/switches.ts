/** What the stand-in does instead of, before or after its own answer. */
export type Fault =
  /** Answers with a page, as a proxy in front of Withings does while it is maintained. */
  | { readonly kind: 'html' }
  /** Answers with this HTTP status and a page. */
  | { readonly kind: 'http'; readonly code: number }
  /** Answers with this status of Withings' own. */
  | { readonly kind: 'status'; readonly status: number; readonly error?: string; readonly body?: object }
  /** Does the work, and closes the connection instead of answering. */
  | { readonly kind: 'lost' }
  /** Answers after this many milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Answers with nothing, with 10 MB, or with an answer that never ends. */
  | { readonly kind: 'empty' | 'huge' | 'endless' }

/** Where a fault occurs: an operation of the API, as `measure.getmeas`, or the page that asks for permission. */
export type FaultPlace = `${string}.${string}` | 'authorize2'

export interface PlannedFault {
  readonly on: FaultPlace
  readonly fault: Fault
  /** How many requests it meets; 1 by default. */
  times?: number
}

/** What Withings was seen to do in more than one way, and what may go wrong. Only tests, in the same process, change it. */
export interface Switches {
  /** How `userid` is written: as text until August 2026, as a number since then. */
  userid: 'number' | 'string'
  /** How `more` is written: 1 and 0, or true and false. */
  more: 'number' | 'boolean'
  /** Groups of measures on a page. */
  pageSize: number
  /** Answers with all measures of a group, those of types that nobody asked for too. */
  wholeGroups: boolean
  /** Milliseconds by which this clock is ahead of everybody else's. */
  clockAhead: number
  faults: PlannedFault[]
}

export const defaultSwitches = (): Switches => ({
  userid: 'number',
  more: 'number',
  pageSize: 200,
  wholeGroups: false,
  clockAhead: 0,
  faults: [],
})

/** Returns the next planned fault for this place, and counts it. */
export const takeFault = (switches: Switches, place: string): Fault | undefined => {
  const planned = switches.faults.find(({ on }) => on === place)
  if (!planned) return undefined
  planned.times = (planned.times ?? 1) - 1
  if (planned.times <= 0) switches.faults.splice(switches.faults.indexOf(planned), 1)
  return planned.fault
}
