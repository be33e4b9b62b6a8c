import type { AccessEntry, ErasedEntry } from '../../messages/log-entries.ts'
import type { Connection } from '../../messages/state.ts'
import type { Pages } from '../../ui/state/use-pages.ts'
import { erasureOf, isAhead, uniqueEntries, verdictOf } from '../../who-read/access-words.ts'
import { foldAccesses } from '../../who-read/fold-accesses.ts'
import type { ReadPage } from '../../who-read/use-checked-logs.ts'

/** The pages read so far of one connection's access log, newest first. */
export interface LogAt extends Pages<ReadPage> {
  connection: Connection
}

export interface LogRow {
  connection: Connection
  entry: AccessEntry
  /** Sort key: milliseconds since 1970, never later than now. */
  at: number
  /** Its date is in the future. */
  isDatedAhead: boolean
  /** The person's own account read through Carekey, but not from this browser. */
  isForeign: boolean
  /** The log's erasure of this entry, if it was erased. */
  erasure?: ErasedEntry | undefined
  /** The earlier entries that are combined in its line. */
  folded: LogRow[]
}

/** Marks where the shown lines of an organization end, if earlier ones exist. */
export interface LogEnd {
  log: LogAt
  /** The last shown line; undefined if none is shown. */
  lastRow: LogRow | undefined
  /** The number of its lines that are shown. */
  count: number
  /** The earlier entries must be requested first. */
  needsRead: boolean
}

interface MergedLog {
  rows: LogRow[]
  ends: LogEnd[]
}

interface MergeOptions {
  /** How many lines of a connection's log are shown at most. */
  most: (connectionId: string) => number
  filter?: ((row: LogRow) => boolean) | undefined
  /** Milliseconds since 1970. */
  now: number
}

const hasMore = ({ pages }: LogAt): boolean => pages.at(-1)?.next !== undefined

/**
 * Merges the logs of all organizations into one list: new accesses first, then the rest, newest first. Shows at most `most`
 * lines of each, so that an organization with thousands of entries, an endless log or false dates pushes no other off the
 * list. `ends` marks where an organization has earlier entries.
 */
export const mergeLogs = (logs: LogAt[], { most, filter = () => true, now }: MergeOptions): MergedLog => {
  const parts = logs.map((log) => {
    const all = foldAccesses(rowsOf(log, now).filter(filter).sort(inOrder)).map(([first, ...folded]) => ({
      ...first,
      folded,
    }))
    const rows = all.slice(0, most(log.connection.id))
    const isCut = all.length > rows.length
    const end = { log, lastRow: rows.at(-1), count: rows.length, needsRead: !isCut }
    return { rows, ends: isCut || (hasMore(log) && !log.problem) ? [end] : [] }
  })
  return {
    rows: parts.flatMap(({ rows }) => rows).sort(inOrder),
    ends: parts.flatMap(({ ends }) => ends),
  }
}

/** Puts new accesses first; otherwise the person's own later reads would push them off the screen. */
const inOrder = (a: LogRow, b: LogRow): number => Number(b.entry.isNew) - Number(a.entry.isNew) || b.at - a.at

/** Sorts an entry without a time as the oldest, so that it is never left out, and one dated in the future as of now. */
const rowsOf = (log: LogAt, now: number): LogRow[] => {
  const { connection, pages } = log
  const proofs = pages.map(({ proof }) => proof)
  const foreign = new Set(pages.flatMap(({ own }) => own?.foreign ?? []))
  return entriesOf(log).map((entry) => ({
    connection,
    entry,
    at: Math.min(Date.parse(entry.recorded) || 0, now),
    isDatedAhead: isAhead(entry, now),
    isForeign: foreign.has(entry.id),
    folded: [],
    ...(entry.erased && { erasure: erasureOf(entry, proofs) }),
  }))
}

/** Milliseconds. What was read longer ago is not said as so now: a page at the side stays open for hours. */
const longestCurrent = 300_000

/** Checks whether a log was read only minutes ago, and the worker has announced nothing since that the page does not show. */
export const isCurrent = (log: LogAt): boolean => {
  const [newest] = log.pages
  return (
    newest !== undefined && Math.abs(Date.now() - newest.readAt) < longestCurrent && !isOvertaken(log, newest)
  )
}

/** The newest pages of complete logs that did not show what was announced. An announcement ends when another page has shown it. */
const overtaken = new WeakSet<ReadPage>()

const isOvertaken = (log: LogAt, newest: ReadPage): boolean => {
  const { newAccesses, logAlarm, logForked, readsMissing } = log.connection
  const { count = 0, erasures = 0, more } = newAccesses ?? {}
  const shown = entriesOf(log).filter(({ isNew }) => isNew).length
  const isNow = [more, logAlarm, logForked, readsMissing, count + erasures > shown].includes(true)
  // Reading on may yet show it.
  if (isNow && verdictOf(log.pages)?.outcome === 'complete') overtaken.add(newest)
  return isNow || overtaken.has(newest)
}

/**
 * Returns the time (milliseconds since 1970) from which on a log that has just been read holds what is on the page and nothing else:
 * nothing is left out, erased or dated ahead. Undefined if that is not proven.
 */
export const knownSince = (log: LogAt): number | undefined => {
  const { pages, pending, problem } = log
  const verdict = pending || problem || !isCurrent(log) ? undefined : verdictOf(pages)
  if (verdict?.outcome !== 'complete' || verdict.erasure) return undefined
  const now = Date.now()
  const entries = entriesOf(log)
  if (entries.some((entry) => entry.erased || isAhead(entry, now))) return undefined
  const oldest = Math.min(...entries.map(({ recorded }) => Date.parse(recorded) || 0))
  return oldest > 0 && Number.isFinite(oldest) ? oldest : undefined
}

/**
 * Returns the time from which on that is so of the logs of all connections: the latest of their times, because what one log holds tells
 * nothing of another. Undefined while it is not so of one, or one has no log on the page.
 */
export const allKnownSince = (
  logs: readonly LogAt[],
  connections: readonly Pick<Connection, 'id'>[],
): number | undefined => {
  const times = connections.map(({ id }) => {
    const log = logs.find(({ connection }) => connection.id === id)
    return (log && knownSince(log)) ?? Number.POSITIVE_INFINITY
  })
  const latest = Math.max(...times)
  return Number.isFinite(latest) ? latest : undefined
}

/** Checks whether every entry of a log since a time (milliseconds since 1970) has been read. */
export const isReadBackTo = (log: LogAt, since: number): boolean =>
  !hasMore(log) || entriesOf(log).some(({ recorded }) => Date.parse(recorded) <= since)

const entriesByPages = new WeakMap<ReadPage[], AccessEntry[]>()

/** Returns the entries of the pages, each once. */
export const entriesOf = ({ pages }: LogAt): AccessEntry[] => {
  const known = entriesByPages.get(pages)
  if (known) return known
  const entries = uniqueEntries(pages.flatMap((page) => page.entries))
  entriesByPages.set(pages, entries)
  return entries
}

/** Counts what is new among the entries read so far: accesses by others, sign-ins in the person's name elsewhere, and erasures. */
export const countNew = (log: LogAt): { others: number; signIns: number; erasures: number } => {
  const all = entriesOf(log).filter(({ isNew }) => isNew)
  const erasures = all.filter(({ kind }) => kind === 'erasure').length
  const others = all.filter(({ by, kind }) => by === 'others' && kind !== 'erasure').length
  return { others, signIns: all.length - others - erasures, erasures }
}

/** Checks for an access by the person themself elsewhere, or perhaps elsewhere. */
export const isElsewhere = ({ by }: AccessEntry): boolean => by === 'elsewhere' || by === 'unsure'

/**
 * Counts the person's own accesses elsewhere among the entries read so far, since the list was last on screen. They raise no
 * alarm, but they are how the use of a token stolen from another application would look.
 */
export const countElsewhere = (log: LogAt): { elsewhere: number; unsure: number } => {
  const since = Date.parse(log.pages[0]?.seen?.upTo ?? '') || 0
  const all = entriesOf(log).filter((entry) => isElsewhere(entry) && Date.parse(entry.recorded) > since)
  const elsewhere = all.filter(({ by }) => by === 'elsewhere').length
  return { elsewhere, unsure: all.length - elsewhere }
}

/**
 * Returns the new accesses read so far, and whether these are all: then the log counts as seen once they have
 * been on screen.
 */
export const newAccessesIn = ({ pages }: LogAt): { entries: AccessEntry[]; all: boolean } => ({
  entries: pages.flatMap(({ entries }) => entries.filter(({ isNew }) => isNew)),
  all: pages.some(({ isRead }) => isRead === true),
})
