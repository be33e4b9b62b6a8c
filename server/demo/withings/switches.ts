/** A fault that the stand-in simulates, instead of its own answer or around it. */
export type Fault =
  /** Answers with a page, as the proxy in front of Withings does during maintenance. */
  | { readonly kind: 'html' }
  /** Answers with this HTTP status and a page. */
  | { readonly kind: 'http'; readonly code: number }
  /** Answers with this one of Withings' own statuses. */
  | { readonly kind: 'status'; readonly status: number; readonly error?: string; readonly body?: object }
  /** Does the work, and closes the connection instead of answering. */
  | { readonly kind: 'lost' }
  /** Answers after this many milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Waits with the work, or with the answer to what is done. */
  | { readonly kind: 'held'; readonly what: 'work' | 'answer'; readonly until: Promise<unknown> }
  /** Answers with an empty body, with 10 MB, or with a body that never ends. */
  | { readonly kind: 'empty' | 'huge' | 'endless' }

/** Where a fault occurs: an operation of the API, such as `measure.getmeas`, or the page that asks for permission. */
type FaultPlace = `${string}.${string}` | 'authorize2'

interface PlannedFault {
  readonly on: FaultPlace
  readonly fault: Fault
  /** How many requests are answered before. */
  skip?: number
  /** How many requests are affected; 1 by default. */
  times?: number
}

/** Behaviour of Withings that varies, and faults that may occur. Only tests change this, within the same process. */
export interface Switches {
  /** How `userid` is written: as text until August 2026, as a number since then. */
  userid: 'number' | 'string'
  /** What an answer with tokens says of how long they live; if absent, the truth. */
  tokenLifetime?: { readonly expires_in?: unknown }
  /** How `more` is written: 1 and 0, true and false, or "1" and "0", in which Withings has never written it. */
  more: 'number' | 'boolean' | 'text'
  /** Groups of measures on a page. */
  pageSize: number
  /** Answers with all measures of a group, including types that were not requested. */
  wholeGroups: boolean
  /** Milliseconds by which this clock is ahead of all others. */
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
  const plan = switches.faults.find(({ on }) => on === place)
  if (!plan) return undefined
  if (plan.skip) {
    plan.skip--
    return undefined
  }
  plan.times = (plan.times ?? 1) - 1
  if (plan.times <= 0) switches.faults.splice(switches.faults.indexOf(plan), 1)
  return plan.fault
}
