import type { AccessEntry, AccessPage } from '../messages/access-log.ts'
import type { Problem } from '../messages/errors.ts'
import type { Connection } from '../messages/state.ts'

/** What has been read of the access log of one connection, newest first. */
export interface LogAt {
  connection: Connection
  pages: AccessPage[]
  problem?: Problem
  pending: boolean
  more: () => void
  again: () => void
}

export interface LogRow {
  connection: Connection
  entry: AccessEntry
  /** The person's own account, through Carekey, and yet not from this browser. */
  foreign: boolean
  /** By somebody else, or from another browser. */
  others: boolean
  /** By others, since the person last looked. */
  fresh: boolean
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
  const foreign = new Set(pages.flatMap(({ own }) => own?.foreign ?? []))
  const seen = Date.parse(pages[0]?.seen?.upTo ?? '')
  return pages
    .flatMap(({ entries }) => entries)
    .map((entry) => {
      const others = foreign.has(entry.id) || entry.who !== connection.person.name
      return {
        connection,
        entry,
        foreign: foreign.has(entry.id),
        others,
        fresh: others && timeOf(entry) > seen,
      }
    })
}
