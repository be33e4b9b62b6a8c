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

/** One test, or one kind of report, at one organization: the newest first, then those before it. */
export interface Series {
  newest: Row
  earlier: Row[]
}

/**
 * The entries of all organizations as one list, whatever order they came in: what holds now first, then the newest. Two
 * organizations share a row only where they say the same in everything that the row shows (decision 40). The work grows as the
 * entries do, whatever they say: an organization may send many that are alike.
 */
export const foldEntries = (entries: readonly RecordEntry[]): Row[] => {
  const ordered = sorted(entries, (entry) => entry)
  const rank = new Map(ordered.map((entry, place) => [entry, place]))
  return [...Map.groupBy(ordered, statementOf)]
    .flatMap(([statement, alike]) =>
      statement === undefined ? alike.map((entry): Entries => [entry]) : pairUp(alike),
    )
    .map(rowOf)
    .map((row) => ({ row, rank: Math.min(...row.entries.map((entry) => rank.get(entry) ?? 0)) }))
    .sort((a, b) => Number(a.row.isPast) - Number(b.row.isPast) || a.rank - b.rank)
    .map(({ row }) => row)
}

/**
 * The rows of each test together, in the order of their newest. What one organization holds never goes beneath what another
 * does: under its name or behind its newest result it would be out of sight.
 */
export const seriesOf = (rows: readonly Row[]): Series[] => {
  const series: (Series & { isCoded: boolean })[] = []
  const byCode = new Map<string, (typeof series)[number]>()
  const byName = new Map<string, (typeof series)[number]>()
  for (const row of sorted(rows, ({ entries: [first] }) => first)) {
    const [{ type, source, codes, name }] = row.entries
    const keyOf = (what: string) => `${source.connectionId} ${type} ${what}`
    const keys = codes.map(keyOf)
    const nameKey = keyOf(folded(name))
    const named = byName.get(nameKey)
    const coded = keys.find((key) => byCode.has(key))
    const same =
      (coded !== undefined ? byCode.get(coded) : undefined) ??
      (named && (keys.length === 0 || !named.isCoded) ? named : undefined)
    const its = same ?? { newest: row, earlier: [], isCoded: false }
    if (same) same.earlier.push(row)
    else series.push(its)
    if (!named) byName.set(nameKey, its)
    if (keys.length > 0) its.isCoded = true
    for (const key of keys) if (!byCode.has(key)) byCode.set(key, its)
  }
  return series.map(({ newest, earlier }) => ({ newest, earlier }))
}

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
        // As it is written where it was recorded, and as precisely.
        date.slice(0, 10),
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

/** The newest first; what has no date is last. Then by name, and by what makes the order the same each time. */
const sorted = <T>(items: readonly T[], entryOf: (item: T) => RecordEntry): T[] =>
  items
    .map((item) => {
      const entry = entryOf(item)
      return { item, entry, when: whenOf(entry), name: folded(entry.name) }
    })
    .sort(
      (a, b) =>
        b.when - a.when ||
        compare(a.name, b.name) ||
        bySource(a.entry.source, b.entry.source) ||
        compare(a.entry.id, b.entry.id),
    )
    .map(({ item }) => item)

const whenOf = ({ date }: RecordEntry): number => (date === undefined ? 0 : timeOf(date) || 0)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const folded = (name: string): string => name.normalize('NFC').toLowerCase()
