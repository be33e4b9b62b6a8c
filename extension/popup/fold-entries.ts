import type { RecordEntry } from '../messages/record-lists.ts'
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
export interface Series {
  newest: Row
  earlier: Row[]
}

/**
 * The entries of all organizations as one list, whatever order they came in: what holds now first, then the newest. The
 * rules of what is one are those of decision 27.
 */
export const foldEntries = (entries: readonly RecordEntry[]): Row[] => {
  const groups: [RecordEntry, ...RecordEntry[]][] = []
  for (const entry of entries.toSorted(inOrder)) {
    const same = groups.find((group) => group.every((each) => isSame(each, entry)))
    if (same) same.push(entry)
    else groups.push([entry])
  }
  return groups
    .map(rowOf)
    .sort((a, b) => Number(a.isPast) - Number(b.isPast) || inOrder(a.entries[0], b.entries[0]))
}

/** The rows of each test together, in the order of their newest. */
export const seriesOf = (rows: readonly Row[]): Series[] => {
  const series: (Series & { codes: Set<string>; name: string })[] = []
  for (const row of rows.toSorted((a, b) => inOrder(a.entries[0], b.entries[0]))) {
    const codes = row.entries.flatMap((entry) => entry.codes)
    const [{ type }] = row.entries
    const name = `${type} ${folded(row.entries[0].name)}`
    const same = series.find(
      (each) =>
        each.newest.entries[0].type === type &&
        (codes.length > 0 && each.codes.size > 0
          ? codes.some((code) => each.codes.has(code))
          : each.name === name),
    )
    if (!same) series.push({ newest: row, earlier: [], codes: new Set(codes), name })
    else {
      same.earlier.push(row)
      for (const code of codes) same.codes.add(code)
    }
  }
  return series.map(({ newest, earlier }) => ({ newest, earlier }))
}

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

const rowOf = (entries: [RecordEntry, ...RecordEntry[]]): Row => ({
  entries,
  sources: [...new Map(entries.map(({ source }) => [source.connectionId, source])).values()].sort(
    (a, b) => a.hue - b.hue || compare(a.connectionId, b.connectionId),
  ),
  isPast: past.has(entries[0].state),
})

/** The newest first; what has no date is last. Then by name, and by what makes the order the same each time. */
const inOrder = (a: RecordEntry, b: RecordEntry): number =>
  whenOf(b) - whenOf(a) ||
  compare(folded(a.name), folded(b.name)) ||
  compare(a.source.connectionId, b.source.connectionId) ||
  compare(a.id, b.id)

const whenOf = ({ date }: RecordEntry): number => (date === undefined ? 0 : timeOf(date) || 0)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const folded = (name: string): string => name.normalize('NFKC').toLowerCase()

/** Two entries of one organization are two, and so are two that say different things. */
const isSame = (a: RecordEntry, b: RecordEntry): boolean =>
  a.type === b.type &&
  a.source.connectionId !== b.source.connectionId &&
  a.state === b.state &&
  a.value?.value === b.value?.value &&
  a.value?.unit === b.value?.unit &&
  (share(a.identifiers, b.identifiers) || (share(a.codes, b.codes) && isSameDay(a, b)))

const share = (a: readonly string[], b: readonly string[]): boolean => a.some((each) => b.includes(each))

/** As it is written where it was recorded, and as precisely. */
const isSameDay = (a: RecordEntry, b: RecordEntry): boolean =>
  a.date !== undefined && a.date.slice(0, 10) === b.date?.slice(0, 10)
