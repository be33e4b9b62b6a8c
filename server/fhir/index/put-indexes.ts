import type { Db } from '../../store/schema.ts'
import { compileRows } from '../../store/statements/compile-rows.ts'
import { INDEX_COLUMNS, type IndexRow, type IndexRows, type IndexTable } from './index-rows.ts'

/** A stored resource, and the rows that search and access find it by. */
export interface IndexedResource {
  readonly key: number
  readonly type: string
  readonly index: IndexRows
}

/** Compiles the statement of one table; a duplicate row is kept once. */
const insertInto = (table: IndexTable) => {
  const columns = ['key', 'type', ...INDEX_COLUMNS[table]]
  return compileRows<IndexRow, never>((db, rows) => {
    const values = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])))
    return (
      db
        .insertInto(table)
        // They fit the table, but Kysely cannot infer that for a union of tables.
        .values(values as never)
        .onConflict((conflict) => conflict.doNothing())
    )
  })
}

const insert: Readonly<Record<IndexTable, ReturnType<typeof insertInto>>> = {
  compartment: insertInto('compartment'),
  index_string: insertInto('index_string'),
  index_token: insertInto('index_token'),
  index_date: insertInto('index_date'),
  index_quantity: insertInto('index_quantity'),
  index_reference: insertInto('index_reference'),
}
const TABLES = Object.keys(insert) as IndexTable[]

/** Compares rows by everything but their key. */
const byValue = (a: IndexRow, b: IndexRow): number => {
  for (let at = 1; at < a.length; at++) {
    const [one, other] = [a[at] ?? '', b[at] ?? '']
    if (one !== other) return one < other ? -1 : 1
  }
  return 0
}

/**
 * Writes everything by which search and access find the resources.
 *
 * @param indexesLater whether the indexes by value do not exist yet. If they do, the rows are sorted in their order, so that each page
 * is written once and not once per row. In the table itself, which is ordered by key, these resources lie within a few pages anyway.
 */
export const putIndexes = async (
  trx: Db,
  resources: readonly IndexedResource[],
  indexesLater = false,
): Promise<void> => {
  for (const table of TABLES) {
    const rows = resources.flatMap(({ key, type, index }) => index[table].map((row) => [key, type, ...row]))
    await insert[table](trx, indexesLater ? rows : rows.sort(byValue))
  }
}

/** Deletes the index rows of these resources. */
export const dropIndexes = async (trx: Db, keys: readonly number[]): Promise<void> => {
  if (keys.length === 0) return
  for (const table of TABLES)
    await trx
      .deleteFrom(table)
      .where('key', 'in', [...keys])
      .execute()
}

/** Rows that one statement deletes. Both engines accept this number of parameters. */
const BATCH = 500

/**
 * Deletes resources and everything by which search finds them, except those that an import has taken over since they were looked up.
 *
 * @param keys of their rows.
 * @param origin theirs, as in `ResourceTable`.
 * @returns how many were deleted.
 */
export const deleteResources = async (trx: Db, keys: readonly number[], origin: string): Promise<number> => {
  let count = 0
  for (let at = 0; at < keys.length; at += BATCH) {
    // First, because whoever holds a resource may be writing rows for it (`refresh-index`).
    const deleted = await trx
      .deleteFrom('resource')
      .where('key', 'in', keys.slice(at, at + BATCH))
      .where('origin', '=', origin)
      .returning('key')
      .execute()
    await dropIndexes(
      trx,
      deleted.map(({ key }) => key),
    )
    count += deleted.length
  }
  return count
}
