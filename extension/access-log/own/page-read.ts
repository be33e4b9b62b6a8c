import type { NotComplete } from '../../messages/log-entries.ts'
import type { StoredKnownLog } from '../../storage/stored-log.ts'
import type { LogResult } from '../proof/check-log.ts'
import { clockSlack } from '../proof/entry-order.ts'
import type { NewBeginning } from '../proof/log-erasure.ts'
import type { Spent } from './log-position.ts'

/** A page that was read, with the result of its check. */
export interface PageRead {
  /** Names its alarm: empty for the first page and for every page of a list that is read by itself. */
  name: string
  /** Which part of the log the grant covers, by a hash of its scopes; absent if it covers the whole log. */
  part?: string | undefined
  /** It has the newest entries, and the list has no filter. */
  isFirst: boolean
  isLast: boolean
  /** A page above it failed its check, was not checked, or was read under another grant. */
  isCut: boolean
  /** Reading by itself ends here in any case: it has cost enough, or there is nothing more to read. */
  isSpent: boolean
  /** What reading by itself has cost down to here. */
  spent: Omit<Spent, 'since'>
  /** The worker looks at this log by itself, and announces new accesses. */
  isWatched: boolean
  /** Why nobody can tell whether entries are left out; absent if the list is everything about the person. */
  why?: Exclude<NotComplete, 'unread' | 'open' | 'lost-reads'> | undefined
  /**
   * `at` is milliseconds since 1970; `isNews` if the entry is announced as a new access, unless it was on screen; `text` is the
   * SHA-256 of its text.
   */
  entries: readonly { id: string; at: number; isNews: boolean; text?: string; isErasure?: true }[]
  /** The newest date on the first page, but not a later one than now. */
  newestAt: number
  /** When the page was read, by this browser's clock. */
  readAt: number
  result: LogResult
  /** The position of the next page. */
  next?: string | undefined
}

export const oldestOf = ({ entries }: PageRead): number => Math.min(...entries.map(({ at }) => at))

/** Checks whether a page comes down to a time (milliseconds since 1970), in a list that is sorted by date. */
export const isDownTo = (page: PageRead, time: number): boolean =>
  page.isLast || !(oldestOf(page) > time - clockSlack)

/** Checks whether the log may have begun again, so that the numbers that are known stand for other entries. */
export const mayBeginAnew = ({ isCut, result }: PageRead): boolean =>
  !isCut && result.listed?.mayBeginAnew === true

/** Checks whether places are known from before a new beginning; afterwards the log's first entry still says that it began there. */
export const isFromBefore = ({ places }: StoredKnownLog, { index }: NewBeginning): boolean =>
  places.some(([, each]) => each < index)
