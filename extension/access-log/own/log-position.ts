import { beginShown, type Shown } from '../proof/entry-counts.ts'
import type { SignInCounts } from './own-sign-ins.ts'
import type { ReconciliationEnd } from './reconcile.ts'

/**
 * What reading by itself has cost since a person, or the worker, asked for it. `since`: milliseconds since 1970; `below`: the lowest
 * number that was listed before.
 */
export interface Spent {
  pages: number
  entries: number
  since: number
  below?: number | undefined
}

/** Where the next page of a list is, and the state from which it continues. Pages of the extension pass it back as it is. */
export interface LogPosition {
  address: string
  shown: Shown
  /** A page before it failed its check or was not checked. */
  isCut: boolean
  /** The part of the log that the grant covered when the page before it was read. */
  part?: string | undefined
  /** The newest date on the first page, but not a later one than when it was read; milliseconds since 1970. */
  newestAt: number
  /** When the first page was read, by this browser's clock. */
  beganAt: number
  reconciled?: ReconciliationEnd | undefined
  signIns: SignInCounts
  spent?: Spent | undefined
}

/** What reading by itself may cost, because a list may have no end. A person can go on. */
const mostPages = 120
const mostEntries = 10_000
const mostMilliseconds = 120_000

export const spentAfter = (before: Partial<Spent>, entries: number): Spent => ({
  pages: (before.pages ?? 0) + 1,
  entries: (before.entries ?? 0) + entries,
  since: before.since ?? Date.now(),
  below: before.below,
})

export const isTooMuch = ({ pages, entries, since }: Spent): boolean =>
  pages >= mostPages || entries >= mostEntries || Date.now() - since > mostMilliseconds

/** The state after a page that failed its check or was not checked, or whose check is not known. */
export const cutOff = { shown: beginShown(), isCut: true } as const
