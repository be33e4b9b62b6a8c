import type { AccessEntry, AccessPage, ErasedEntry, LogVerdict } from '../messages/access-log.ts'
import type { Problem } from '../messages/errors.ts'
import type { Connection } from '../messages/state.ts'
import { erasureOf } from '../ui/access-log.ts'

/** Its verdict comes a moment after the page. */
export type ReadPage = AccessPage & Partial<LogVerdict>

/** What has been read of the access log of one connection, newest first. */
export interface LogAt {
  connection: Connection
  pages: ReadPage[]
  problem?: Problem
  pending: boolean
  more: () => void
  again: () => void
  /** Reads the list anew, and checks it. */
  anew: () => void
}

export interface LogRow {
  connection: Connection
  entry: AccessEntry
  /** The person's own account, through Carekey, and yet not from this browser. */
  foreign: boolean
  /** What the log says of it, where it was erased. */
  erasure?: ErasedEntry | undefined
}

export const hasMore = ({ pages }: LogAt): boolean => pages.at(-1)?.next !== undefined

/**
 * The logs of all organizations as one list, newest first, as far down as every log that goes on has been read; `behind`
 * is the log that has to be read further first.
 */
export const mergeLogs = (logs: LogAt[]): { rows: LogRow[]; behind?: LogAt } => {
  const rows = logs.flatMap(rowsOf).sort((a, b) => timeOf(b.entry) - timeOf(a.entry))
  const ends = logs.flatMap((log) => {
    const oldest = log.pages.flatMap(({ entries }) => entries).at(-1)
    return hasMore(log) && oldest ? { log, oldest: timeOf(oldest) } : []
  })
  const [behind] = ends.sort((a, b) => b.oldest - a.oldest)
  if (!behind) return { rows }
  return { rows: rows.filter(({ entry }) => timeOf(entry) >= behind.oldest), behind: behind.log }
}

/** What has no time is older than everything, never left out. */
const timeOf = ({ recorded }: AccessEntry): number => Date.parse(recorded) || 0

const rowsOf = ({ connection, pages }: LogAt): LogRow[] => {
  const proofs = pages.map(({ proof }) => proof)
  const foreign = new Set(pages.flatMap(({ own }) => own?.foreign ?? []))
  return pages
    .flatMap(({ entries }) => entries)
    .map((entry) => ({
      connection,
      entry,
      foreign: foreign.has(entry.id),
      ...(entry.erased && { erasure: erasureOf(entry, proofs) }),
    }))
}
