import type { DetailKind, RecordEntry } from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import { timeOf } from '../ui/dates.ts'

/** One thing of a record, whoever holds it; the first entry is the one that is shown. */
export interface Row {
  entries: [RecordEntry, ...RecordEntry[]]
  sources: Source[]
  /** It was, and is no more: resolved, stopped, ruled out. */
  isPast: boolean
}

/** One test, or one kind of report: the newest first, then those before it. */
interface Series {
  newest: Row
  /** Whose newest it is; others may hold a newer one beside it. */
  sources: Source[]
  /** What the same organizations hold of the test beside it. */
  earlier: Row[]
}

/**
 * The entries of all organizations as one list, whatever order they came in: what holds now first, then the newest. Two
 * organizations share a row only where they say the same in everything that the row shows (decision 40). The work grows as the
 * entries do, whatever they say: an organization may send many that are alike.
 */
export const foldEntries = (entries: readonly RecordEntry[]): Row[] => {
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

/**
 * The rows of each test together, in the order of their newest. Each organization's own entries say what its newest is and what
 * comes before, so that no copy of them hides anything: a row stands beneath another only where nobody holds it as the newest.
 */
export const seriesOf = (rows: readonly Row[]): Series[] => {
  const found = new Map<Row, { sources: Source[]; earlier: Set<Row> }>()
  const held = rows.flatMap((row) => row.entries.map((entry) => ({ row, entry })))
  for (const own of Map.groupBy(held, ({ entry }) => entry.source.connectionId).values())
    for (const [{ row: newest, entry }, ...earlier] of testsOf(own)) {
      const its = found.get(newest) ?? { sources: [], earlier: new Set() }
      found.set(newest, its)
      its.sources.push(entry.source)
      for (const { row } of earlier) its.earlier.add(row)
    }
  return sorted(
    [...found].map(([newest, { sources, earlier }]) => ({
      newest,
      sources,
      earlier: sorted([...earlier], firstOf, byTime),
    })),
    ({ newest }) => firstOf(newest),
    byDay,
  )
}

interface Held {
  row: Row
  entry: RecordEntry
}

/** What one organization holds of each test, the newest first. */
const testsOf = (own: readonly Held[]): [Held, ...Held[]][] => {
  const tests: { held: [Held, ...Held[]]; isCoded: boolean }[] = []
  const byCode = new Map<string, (typeof tests)[number]>()
  const byName = new Map<string, (typeof tests)[number]>()
  for (const held of sorted(own, ({ entry }) => entry, byTime)) {
    const { type, codes, name } = held.entry
    const keys = codes.map((code) => `${type} ${code}`)
    const nameKey = `${type} ${folded(name)}`
    const named = byName.get(nameKey)
    const coded = keys.find((key) => byCode.has(key))
    const same =
      (coded !== undefined ? byCode.get(coded) : undefined) ??
      (named && (keys.length === 0 || !named.isCoded) ? named : undefined)
    const its = same ?? { held: [held], isCoded: false }
    if (same) same.held.push(held)
    else tests.push(its)
    if (!named) byName.set(nameKey, its)
    if (keys.length > 0) its.isCoded = true
    for (const key of keys) if (!byCode.has(key)) byCode.set(key, its)
  }
  return tests.map(({ held }) => held)
}

const firstOf = ({ entries: [first] }: Row): RecordEntry => first

type Entries = Row['entries']

const past: ReadonlySet<string> = new Set([
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

/** How serious something is, and how sure: where two organizations differ in it, neither is shown in the other's place. */
const weighty: ReadonlySet<DetailKind> = new Set([
  'severity',
  'criticality',
  'stage',
  'verification',
  'intent',
  'meaning',
])

/** What an entry's row says. Without a day or a code nothing tells it from another, so that it shares its row with none. */
const statementOf = ({ type, name, state, date, codes, value, details }: RecordEntry): string | undefined =>
  date === undefined || codes.length === 0
    ? undefined
    : JSON.stringify([
        type,
        folded(name),
        state,
        dayOf(date),
        value?.value,
        value?.unit,
        value?.range,
        value?.flag,
        details.filter(({ what }) => weighty.has(what)).map(({ what, text }) => `${what} ${text}`),
      ])

/**
 * Entries that say the same, and share a code, as one; two of one organization are two. Each organization's entries take the
 * groups that have none of it yet in turn, so that no group is looked at twice for a code.
 */
const pairUp = (alike: readonly RecordEntry[]): Entries[] => {
  const groups: Group[] = []
  const byCode = new Map<string, Group[]>()
  for (const [connectionId, own] of Map.groupBy(alike, ({ source }) => source.connectionId)) {
    const turns = new Map<string, number>()
    const nextWith = (code: string): Group | undefined => {
      const having = byCode.get(code) ?? []
      let turn = turns.get(code) ?? 0
      while (having[turn]?.holders.has(connectionId)) turn++
      turns.set(code, turn)
      return having[turn]
    }
    for (const entry of own) {
      let group: Group | undefined
      for (const code of entry.codes) group ??= nextWith(code)
      if (group) group.entries.push(entry)
      else {
        group = { entries: [entry], holders: new Set(), codes: new Set() }
        groups.push(group)
      }
      group.holders.add(connectionId)
      for (const code of entry.codes) {
        if (group.codes.has(code)) continue
        group.codes.add(code)
        const having = byCode.get(code)
        if (having) having.push(group)
        else byCode.set(code, [group])
      }
    }
  }
  return groups.map(({ entries }) => entries)
}

interface Group {
  entries: Entries
  /** By connection. */
  holders: Set<string>
  codes: Set<string>
}

const rowOf = (entries: Entries): Row => {
  const held = entries.toSorted((a, b) => bySource(a.source, b.source)) as Entries
  return {
    entries: held,
    sources: held.map(({ source }) => source),
    isPast: past.has(held[0].state),
  }
}

/** The organization that was added first comes first: a later one takes no place from it. */
const bySource = (a: Source, b: Source): number => a.hue - b.hue || compare(a.connectionId, b.connectionId)

interface Placed {
  entry: RecordEntry
  day: number
  time: number
  name: string
}
type Order = (a: Placed, b: Placed) => number

const sorted = <T>(items: readonly T[], entryOf: (item: T) => RecordEntry, order: Order): T[] =>
  items
    .map((item) => {
      const entry = entryOf(item)
      const { date, name } = entry
      return { item, entry, day: timeAt(date && dayOf(date)), time: timeAt(date), name: folded(name) }
    })
    .sort(
      (a, b) => order(a, b) || bySource(a.entry.source, b.entry.source) || compare(a.entry.id, b.entry.id),
    )
    .map(({ item }) => item)

/** The newest first; what has no date is last. Then by name. */
const byTime: Order = (a, b) => b.time - a.time || compare(a.name, b.name)

/**
 * For rows of several organizations: by what all that share one say alike. By the time of day of one of them, which is its
 * own, it could move what another holds.
 */
const byDay: Order = (a, b) => b.day - a.day || compare(a.name, b.name) || b.time - a.time

/** As it is written where it was recorded, and as precisely. */
const dayOf = (date: string): string => date.slice(0, 10)

const timeAt = (date: string | undefined): number => (date === undefined ? 0 : timeOf(date) || 0)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const folded = (name: string): string => name.normalize('NFC').toLowerCase()
