import type { Expression, SqlBool } from 'kysely'
import type { Condition } from '../../query/condition.ts'
import { instantCondition } from '../../query/forms.ts'
import type { Filter } from '../../query/query.ts'
import type { Db } from '../../store/schema.ts'
import { turnOfOthers } from '../../turns.ts'
import { isOneOf } from '../search/predicates.ts'

/** Entries that one statement looks at, which takes some milliseconds. */
const LOOKED_AT = 2_000
/** The most values by which an index leads through the log. */
const MOST_WAYS = 20
/** Dates in the index that one statement compares, and the most of all. */
const DATES = 2_000
const MOST_DATES = 100_000

/** The columns whose index has the entries of each value in the order of the log; the first leave the fewest entries. */
const COLUMNS = ['id', 'patient', 'agent'] as const

interface Way {
  readonly column: (typeof COLUMNS)[number]
  readonly values: readonly string[]
}

export interface LogSearch {
  readonly where: Expression<SqlBool>
  /** What each match has. One with few values leads through the log. */
  readonly ways: readonly Way[]
  readonly filters: readonly Filter[]
  readonly descending: boolean
  /** The `seq` to go on after. */
  readonly after: number | undefined
}

/** What one statement found. */
interface Looked {
  /** The `seq` of each match, in the order of the search. */
  readonly found: readonly number[]
  /** The `seq` of the last entry that was looked at; absent at the end. */
  readonly end: number | undefined
}

/**
 * Looks through the access log, some thousand entries at a time, with others answered in between: no index serves every search, and the
 * log only grows.
 */
export async function* lookThroughLog(db: Db, search: LogSearch): AsyncGenerator<Looked> {
  const { where, descending } = search
  const few = search.ways.filter(({ values }) => values.length <= MOST_WAYS)
  const way = COLUMNS.flatMap((column) => few.find((each) => each.column === column) ?? [])[0]
  const all = await seqsWithin(db, rangeOf(search.filters))
  if (!all || way?.values.length === 0) return yield { found: [], end: undefined }
  const entriesIn = ([from, to]: Range) =>
    db
      .selectFrom('audit_event')
      .select('seq')
      .where('seq', '>=', from)
      .where('seq', '<=', to)
      .orderBy('seq', descending ? 'desc' : 'asc')
  // One range for each statement: of two lower bounds, SQLite would begin at the wrong one.
  const after = ([from, to]: Range, seq: number): Range =>
    descending ? [from, Math.min(to, seq - 1)] : [Math.max(from, seq + 1), to]
  const upTo = ([from, to]: Range, seq: number): Range => (descending ? [seq, to] : [from, seq])

  const values = way?.values ?? [undefined]
  const most = Math.ceil(LOOKED_AT / values.length)
  for (let rest = search.after === undefined ? all : after(all, search.after); ; await turnOfOthers()) {
    const ends: number[] = []
    for (const value of values) {
      const last = await entriesIn(rest)
        .$if(way !== undefined, (q) => q.where(way?.column ?? 'id', '=', value ?? ''))
        .offset(most - 1)
        .limit(1)
        .executeTakeFirst()
      if (last) ends.push(last.seq)
    }
    const end = ends.length === 0 ? undefined : descending ? Math.max(...ends) : Math.min(...ends)
    const rows = await entriesIn(end === undefined ? rest : upTo(rest, end))
      .$if(way !== undefined, (q) => q.where(isOneOf(way?.column ?? 'id', way?.values ?? [])))
      .where(where)
      .execute()
    yield { found: rows.map(({ seq }) => seq), end }
    if (end === undefined) return
    rest = after(rest, end)
  }
}

/** From the first number to the second. */
type Range = readonly [number, number]

const ALL: Range = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

/** Returns the times between which every match of the filters by date lies, in milliseconds; the last one is excluded. */
const rangeOf = (filters: readonly Filter[]): Range =>
  common(
    filters.flatMap((filter) =>
      filter.kind === 'date' || filter.kind === 'updated'
        ? [rangeOfCondition({ any: filter.any.map(instantCondition) })]
        : [],
    ),
  )

const rangeOfCondition = (condition: Condition): Range => {
  if ('all' in condition) return common(condition.all.map(rangeOfCondition))
  if ('any' in condition) {
    const ranges = condition.any.map(rangeOfCondition)
    return [Math.min(...ranges.map(([from]) => from)), Math.max(...ranges.map(([, to]) => to))]
  }
  if (!('is' in condition)) return ALL
  const to = Number(condition.to)
  return condition.is === '>=' ? [to, ALL[1]] : condition.is === '<' ? [ALL[0], to] : ALL
}

const common = (ranges: readonly Range[]): Range => [
  Math.max(ALL[0], ...ranges.map(([from]) => from)),
  Math.min(ALL[1], ...ranges.map(([, to]) => to)),
]

/**
 * Returns the lowest and the highest `seq` of the entries between two times, because the order of `seq` is that of dates only nearly: of all
 * entries if there are too many; undefined if there is none.
 */
const seqsWithin = async (db: Db, [from, to]: Range): Promise<Range | undefined> => {
  if (from <= ALL[0] && to >= ALL[1]) return ALL
  let seqs: Range | undefined
  const include = ({ lowest, highest }: { lowest: number | null; highest: number | null }) => {
    if (lowest !== null && highest !== null)
      seqs = [Math.min(lowest, seqs?.[0] ?? lowest), Math.max(highest, seqs?.[1] ?? highest)]
  }
  for (let next = from, compared = 0; next < to; compared += DATES) {
    if (compared >= MOST_DATES) return ALL
    if (compared > 0) await turnOfOthers()
    const { latest, count, ...some } = await db
      .selectFrom((eb) =>
        eb
          .selectFrom('audit_event')
          .select(['seq', 'recorded'])
          .where('recorded', '>=', next)
          .where('recorded', '<', to)
          .orderBy('recorded')
          .limit(DATES)
          .as('dated'),
      )
      .select(({ fn }) => [
        fn.min<number | null>('seq').as('lowest'),
        fn.max<number | null>('seq').as('highest'),
        fn.max<number | null>('recorded').as('latest'),
        fn.countAll<number>().as('count'),
      ])
      .executeTakeFirstOrThrow()
    include(some)
    if (Number(count) < DATES) break
    if (Number(latest) === next) {
      // More of the same date than were compared.
      include(
        await db
          .selectFrom('audit_event')
          .select(({ fn }) => [
            fn.min<number | null>('seq').as('lowest'),
            fn.max<number | null>('seq').as('highest'),
          ])
          .where('recorded', '=', next)
          .executeTakeFirstOrThrow(),
      )
      next += 1
    } else next = Number(latest)
  }
  return seqs
}
