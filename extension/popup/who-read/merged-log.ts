import type { AccessEntry, ErasedEntry } from '../../messages/access-log.ts'
import type { Connection } from '../../messages/state.ts'
import { erasureOf, isAhead, uniqueEntries } from '../../ui/access-log.ts'
import type { ReadPage } from '../../ui/use-checked-logs.ts'
import type { Pages } from '../../ui/use-pages.ts'

/** What has been read of the access log of one connection, newest first. */
export interface LogAt extends Pages<ReadPage> {
  connection: Connection
}

export interface LogRow {
  connection: Connection
  entry: AccessEntry
  /** Where it stands in the list: milliseconds since 1970, and never later than now. */
  at: number
  /** Its date has not come. */
  ahead: boolean
  /** The person's own account, through Carekey, and yet not from this browser. */
  foreign: boolean
  /** What the log says of it, where it was erased. */
  erasure?: ErasedEntry | undefined
}

/** Below the last entry that is shown of an organization: there are earlier ones. */
export interface LogEnd {
  log: LogAt
  /** That entry; absent where none is shown. */
  after: LogRow | undefined
  /** So many entries of it are shown. */
  shown: number
  /** They have to be read first. */
  unread: boolean
}

interface MergedLog {
  rows: LogRow[]
  ends: LogEnd[]
}

interface Showing {
  /** How many entries of a connection's log are shown at most. */
  most: (connectionId: string) => number
  kept?: ((row: LogRow) => boolean) | undefined
  /** Milliseconds since 1970. */
  now: number
}

export const hasMore = ({ pages }: LogAt): boolean => pages.at(-1)?.next !== undefined

/**
 * The logs of all organizations as one list: what is new, then the rest, newest first. Of each the same number of entries is shown, however many it
 * gives and however it dates them: one that lists thousands, or goes on without end, pushes no other off the list. Where
 * the shown part of one ends, `ends` says so.
 */
export const mergeLogs = (logs: LogAt[], { most, kept = () => true, now }: Showing): MergedLog => {
  const parts = logs.map((log) => {
    const all = rowsOf(log, now).filter(kept).sort(inOrder)
    const rows = all.slice(0, most(log.connection.id))
    const isCut = all.length > rows.length
    const end = { log, after: rows.at(-1), shown: rows.length, unread: !isCut }
    return { rows, ends: isCut || (hasMore(log) && !log.problem) ? [end] : [] }
  })
  return {
    rows: parts.flatMap(({ rows }) => rows).sort(inOrder),
    ends: parts.flatMap(({ ends }) => ends),
  }
}

/** What a person comes for stands first: the reads of their own since then would push it out of sight. */
const inOrder = (a: LogRow, b: LogRow): number => Number(b.entry.isNew) - Number(a.entry.isNew) || b.at - a.at

/** What has no time is older than everything, never left out. What is dated in a time to come stands as of now. */
const rowsOf = ({ connection, pages }: LogAt, now: number): LogRow[] => {
  const proofs = pages.map(({ proof }) => proof)
  const foreign = new Set(pages.flatMap(({ own }) => own?.foreign ?? []))
  return uniqueEntries(pages.flatMap(({ entries }) => entries)).map((entry) => ({
    connection,
    entry,
    at: Math.min(Date.parse(entry.recorded) || 0, now),
    ahead: isAhead(entry, now),
    foreign: foreign.has(entry.id),
    ...(entry.erased && { erasure: erasureOf(entry, proofs) }),
  }))
}

/**
 * Ids of the new accesses among what has been read of a log, and whether there are no others: then the log counts as seen once
 * they have been on screen.
 */
export const newIn = ({ pages }: LogAt): { ids: string[]; all: boolean } => {
  const entries = pages.flatMap((page) => page.entries)
  return {
    ids: entries.flatMap(({ id, isNew }) => (isNew ? id : [])),
    all: pages.at(-1)?.next === undefined || entries.at(-1)?.isNew !== true,
  }
}
