import { cutMark, type DetailKind, type ListName, type RecordEntry } from '../../messages/record-lists.ts'
import { bySource, compare, type Source } from '../../messages/vitals.ts'
import { midnightOf, timeOf } from '../../ui/words/dates.ts'
import { rowWords } from './entry-words.ts'

/** One row of a list: the same statement at one or several organizations. The first entry is shown. */
export interface FoldedEntry {
  entries: [RecordEntry, ...RecordEntry[]]
  sources: Source[]
  /** No longer current: resolved, stopped, ruled out. */
  isPast: boolean
}

/** The rows of one test, or of one kind of report: the newest, then the earlier ones. All name the same organizations. */
interface Series {
  newest: FoldedEntry
  earlier: FoldedEntry[]
}

/**
 * Merges the entries of all organizations into one list, whatever their order of arrival: current ones first, then by date,
 * newest first. Two organizations share a row only if it would read the same for either (decision 40). The cost grows
 * with the number of entries, whatever they contain, because an organization may send many equal ones.
 */
export const foldEntries = (entries: readonly RecordEntry[]): FoldedEntry[] => {
  const rows = [
    ...Map.groupBy(
      sorted(entries, (entry) => entry, byTime),
      statementOf,
    ),
  ].flatMap(([statement, alike]) =>
    (statement === undefined ? alike.map((entry): Entries => [entry]) : pairUp(alike)).map(rowOf),
  )
  return sorted(rows, firstOf, byDay).sort((a, b) => Number(a.isPast) - Number(b.isPast))
}

/** Whether the rows of a list are grouped by test. */
export const hasSeries = (name: ListName): boolean => name === 'results' || name === 'social'

/**
 * Groups the rows by test, newest test first. Each organization's tests are made of its own entries alone, and two organizations
 * share a test only if all of its rows are the same in the same order: otherwise one of them could hide a result of the other, or
 * put it beneath another test.
 */
export const seriesOf = (rows: readonly FoldedEntry[]): Series[] => {
  const held = rows.flatMap(({ entries }, place) => entries.map((entry) => ({ place, entry })))
  const tests = [...Map.groupBy(held, ({ entry }) => entry.source.connectionId).values()].flatMap(testsOf)
  const series = new Map<string, [Entries, ...Entries[]]>()
  for (const test of tests) {
    const key = test.map(({ place }) => place).join()
    const [newest, ...earlier] = test
    const shared = series.get(key)
    if (!shared) series.set(key, [[newest.entry], ...earlier.map(({ entry }): Entries => [entry])])
    else for (const [index, { entry }] of test.entries()) shared[index]?.push(entry)
  }
  return sorted(
    [...series.values()].map(([newest, ...earlier]) => ({
      newest: rowOf(newest),
      earlier: earlier.map(rowOf),
    })),
    ({ newest }) => firstOf(newest),
    byDay,
  )
}

interface RowEntry {
  /** The row's index. */
  place: number
  entry: RecordEntry
}

/** Groups one organization's entries by test, newest first. */
const testsOf = (own: readonly RowEntry[]): [RowEntry, ...RowEntry[]][] => {
  const tests: { held: [RowEntry, ...RowEntry[]]; isCoded: boolean }[] = []
  const byCode = new Map<string, (typeof tests)[number]>()
  const byName = new Map<string, (typeof tests)[number]>()
  for (const ownEntry of sorted(own, ({ entry }) => entry, byTime)) {
    const { type, codes, name } = ownEntry.entry
    const keys = codes.map((code) => `${type} ${code}`)
    const nameKey = `${type} ${foldCase(name)}`
    const groupByName = byName.get(nameKey)
    const coded = keys.find((key) => byCode.has(key))
    const same =
      (coded !== undefined ? byCode.get(coded) : undefined) ??
      (groupByName && (keys.length === 0 || !groupByName.isCoded) ? groupByName : undefined)
    const its = same ?? { held: [ownEntry], isCoded: false }
    if (same) same.held.push(ownEntry)
    else tests.push(its)
    if (!groupByName) byName.set(nameKey, its)
    if (keys.length > 0) its.isCoded = true
    for (const key of keys) if (!byCode.has(key)) byCode.set(key, its)
  }
  return tests.map(({ held }) => held)
}

const firstOf = ({ entries: [first] }: FoldedEntry): RecordEntry => first

type Entries = FoldedEntry['entries']

const pastStates: ReadonlySet<string> = new Set([
  'inactive',
  'remission',
  'resolved',
  'refuted',
  'stopped',
  'completed',
  'cancelled',
  'not-taken',
  'not-done',
])

/** Details that weigh as much as the row's words: organizations that differ in one of these get separate rows. */
const weightyDetails: ReadonlySet<DetailKind> = new Set([
  'severity',
  'criticality',
  'stage',
  'meaning',
  'part',
])

/**
 * Returns a key of everything that an entry's row draws and is sorted by; undefined without a date or code, or if a text of it is cut,
 * because such an entry shares no row.
 */
const statementOf = (entry: RecordEntry): string | undefined => {
  const { type, state, date, codes, value, details } = entry
  if (date === undefined || codes.length === 0) return undefined
  const statement = JSON.stringify([
    rowWords(entry),
    type,
    state,
    midnightOf(date),
    value?.value,
    value?.unit,
    details.filter(({ what }) => weightyDetails.has(what)),
  ])
  return statement.includes(cutMark) ? undefined : statement
}

/**
 * Joins entries that say the same and all share a code, but never two of one organization. Each organization goes once through
 * the groups of a code and joins those without an entry of its own, so that the cost stays linear.
 */
const pairUp = (alike: readonly RecordEntry[]): Entries[] => {
  const groups: Group[] = []
  const byCode = new Map<string, Group[]>()
  for (const [connectionId, own] of Map.groupBy(alike, ({ source }) => source.connectionId)) {
    const turns = new Map<string, number>()
    const nextWith = (code: string): Group | undefined => {
      const having = byCode.get(code) ?? []
      let turn = turns.get(code) ?? 0
      for (let group = having[turn]; group; group = having[++turn])
        if (!group.holders.has(connectionId) && group.codes.has(code)) break
      turns.set(code, turn)
      return having[turn]
    }
    for (const entry of own) {
      let group: Group | undefined
      for (const code of entry.codes) group ??= nextWith(code)
      if (group) {
        group.entries.push(entry)
        const codes = new Set(entry.codes)
        for (const code of group.codes) if (!codes.has(code)) group.codes.delete(code)
      } else {
        group = { entries: [entry], holders: new Set(), codes: new Set(entry.codes) }
        groups.push(group)
        for (const code of group.codes) {
          const having = byCode.get(code)
          if (having) having.push(group)
          else byCode.set(code, [group])
        }
      }
      group.holders.add(connectionId)
    }
  }
  return groups.map(({ entries }) => entries)
}

interface Group {
  entries: Entries
  /** Connection ids. */
  holders: Set<string>
  /** The codes that all of its entries share, so that no entry joins two others that share none. */
  codes: Set<string>
}

const rowOf = (entries: Entries): FoldedEntry => {
  const ordered = entries.toSorted((a, b) => bySource(a.source, b.source)) as Entries
  return {
    entries: ordered,
    sources: ordered.map(({ source }) => source),
    isPast: pastStates.has(ordered[0].state.replace(/^do-not-take /, '')),
  }
}

interface SortKeys {
  entry: RecordEntry
  day: number
  time: number
  name: string
}
type Order = (a: SortKeys, b: SortKeys) => number

const sorted = <T>(items: readonly T[], entryOf: (item: T) => RecordEntry, order: Order): T[] =>
  items
    .map((item) => {
      const entry = entryOf(item)
      const { date, name } = entry
      return { item, entry, day: timeAt(date, midnightOf), time: timeAt(date, timeOf), name: foldCase(name) }
    })
    .sort(
      (a, b) => order(a, b) || bySource(a.entry.source, b.entry.source) || compare(a.entry.id, b.entry.id),
    )
    .map(({ item }) => item)

/** Newest first, undated last, then by name. */
const byTime: Order = (a, b) => b.time - a.time || compare(a.name, b.name)

/**
 * Orders rows of several organizations by the day and name that all of them agree on. Otherwise one organization could move
 * another's row by its time of day.
 */
const byDay: Order = (a, b) => b.day - a.day || compare(a.name, b.name) || b.time - a.time

const timeAt = (date: string | undefined, of: (date: string) => number): number =>
  date === undefined ? 0 : of(date) || 0

const foldCase = (name: string): string => name.normalize('NFC').toLowerCase()
