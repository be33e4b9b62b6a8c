import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import { turnOfOthers } from '../../turns.ts'
import { type LateText, type PageEntry, textSize } from '../access/source.ts'
import { PATIENT_COLUMNS } from './concerned-patients.ts'

/** The most bytes of text that one statement reads, shared by its rows; a larger text is read when it is sent. */
const MOST_TEXT = 500_000
/** Bytes of text that are read together while a page is sent. */
const READ_TOGETHER = 32 * 1024

interface StoredText {
  readonly key: number
  readonly version: number
  readonly size: number
  json: string | LateText | null
}

/** Returns the size up to which a text is read along with so many rows, in bytes. */
export const largestText = (rows: number): number => Math.floor(MOST_TEXT / rows)

/**
 * Returns columns of `resource`: whom it concerns, its version and size, and its text if it is no larger than `largest`.
 */
export const textColumns = (largest: number) =>
  [
    ...PATIENT_COLUMNS,
    sql.ref<number>('resource.version').as('version'),
    sql<number>`octet_length(resource.json)`.as('size'),
    smallText(largest).as('json'),
  ] as const

/** Selects a text up to this size. The size is read from the row itself, so a larger text is not read. */
const smallText = (largest: number): RawBuilder<string | null> =>
  sql`case when octet_length(resource.json) <= ${largest} then resource.json end`

/** Completes rows whose text was too large to read along. Changes the rows themselves, because copying them takes a tenth of a search. */
export const withTexts = <Row extends StoredText>(rows: readonly Row[]): readonly WithText<Row>[] => {
  for (const row of rows) row.json ??= { key: row.key, version: row.version, size: row.size }
  return rows as readonly WithText<Row>[]
}

type WithText<Row> = Omit<Row, 'json'> & { readonly json: string | LateText }

/**
 * Yields the texts of entries in their order, reading a few at a time, between which others have their turn. A text is `undefined` if its row is no longer that resource in
 * the version that access was decided for, because what stands there now may belong to another patient.
 */
export async function* streamTexts<Entry extends PageEntry>(
  db: Db,
  entries: readonly Entry[],
): AsyncGenerator<readonly [Entry, string | undefined]> {
  for (let start = 0; start < entries.length; ) {
    // Work on a text takes time even if nothing of it is sent.
    if (start > 0) await turnOfOthers()
    let size = 0
    let end = start
    for (; end < entries.length && (size === 0 || size < READ_TOGETHER); end++) size += textSize(entries[end])
    const group = entries.slice(start, end)
    const late = group.flatMap(({ json }) => (typeof json === 'string' ? [] : json.key))
    const rows = late.length === 0 ? [] : await textRows(db, { keys: late })
    const texts = new Map(rows.map((row) => [row.key, row]))
    for (const entry of group) {
      const { json, type, id } = entry
      if (typeof json === 'string') yield [entry, json]
      else {
        const row = texts.get(json.key)
        const isSame = row?.version === json.version && row.type === type && row.id === id
        yield [entry, isSame ? row.json : undefined]
      }
    }
    start = end
  }
}

const textRows = compileByShape(new Set(['keys']), (db, { keys }: { keys: readonly number[] }) =>
  db.selectFrom('resource').select(['key', 'type', 'id', 'version', 'json']).where('key', 'in', keys),
)
