import { patientsOf } from '../../query/compartment.ts'
import type { IndexedValues } from '../../query/indexed-values.ts'
import type { Json } from '../../query/json-path.ts'
import { compileRows } from '../../store/compile-rows.ts'
import type { Database, Db } from '../../store/schema.ts'

/** A stored resource, and the values that search finds it by. */
export interface IndexedResource {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly content: Json
  readonly values: IndexedValues
}

/** Compiles the statement of one table; a duplicate row is kept once. */
const insertInto = <Table extends IndexTable>(table: Table) =>
  compileRows<Database[Table], never>((db, rows) =>
    db
      .insertInto(table)
      // biome-ignore lint/suspicious/noExplicitAny: the rows fit the table, but Kysely cannot infer that for a union of tables
      .values(rows as any)
      .onConflict((conflict) => conflict.doNothing()),
  )

type IndexTable =
  | 'compartment'
  | 'index_string'
  | 'index_token'
  | 'index_date'
  | 'index_quantity'
  | 'index_reference'

const insert = {
  compartment: insertInto('compartment'),
  index_string: insertInto('index_string'),
  index_token: insertInto('index_token'),
  index_date: insertInto('index_date'),
  index_quantity: insertInto('index_quantity'),
  index_reference: insertInto('index_reference'),
}

/**
 * Sorts rows in the order of the index by value, so that each of its pages is written once and not once per row. In the table
 * itself, which is ordered by key, these resources lie within a few pages anyway.
 */
const sortRows = <Row extends object>(rows: Row[], ...columns: (keyof Row)[]): Row[] =>
  rows.sort((a, b) => {
    for (const column of columns) if (a[column] !== b[column]) return a[column] < b[column] ? -1 : 1
    return 0
  })

/** Writes everything by which search and access find the resources. */
export const putIndexes = async (trx: Db, resources: readonly IndexedResource[]): Promise<void> => {
  await insert.compartment(
    trx,
    sortRows(
      resources.flatMap(({ key, type, id, content }) =>
        patientsOf(type, id, content).map((patient) => ({ patient, type, key })),
      ),
      'patient',
    ),
  )
  await insert.index_string(
    trx,
    sortRows(
      resources.flatMap(({ key, type, values }) =>
        values.strings.flatMap(({ param, text: exact, starts }) =>
          starts.map((folded) => ({ key, type, param, exact, folded })),
        ),
      ),
      'type',
      'param',
      'folded',
    ),
  )
  await insert.index_token(
    trx,
    sortRows(
      resources.flatMap(({ key, type, values }) => values.tokens.map((token) => ({ key, type, ...token }))),
      'type',
      'param',
      'code',
    ),
  )
  await insert.index_date(
    trx,
    sortRows(
      resources.flatMap(({ key, type, values }) =>
        values.dates.map(({ param, interval: { low, high } }) => ({ key, type, param, low, high })),
      ),
      'type',
      'param',
      'low',
    ),
  )
  await insert.index_quantity(
    trx,
    sortRows(
      resources.flatMap(({ key, type, values }) =>
        values.quantities.map(({ param, amount }) => ({ key, type, param, ...amount })),
      ),
      'type',
      'param',
      'low',
    ),
  )
  await insert.index_reference(
    trx,
    sortRows(
      resources.flatMap(({ key, type, values }) =>
        values.references.map(({ param, target }) => ({
          ...{ key, type, param },
          target_type: target.type,
          target_id: target.id,
        })),
      ),
      'type',
      'param',
      'target_type',
      'target_id',
    ),
  )
}

/** Deletes the index rows of these resources. */
export const dropIndexes = async (trx: Db, keys: readonly number[]): Promise<void> => {
  if (keys.length === 0) return
  for (const table of Object.keys(insert) as IndexTable[])
    await trx
      .deleteFrom(table)
      .where('key', 'in', [...keys])
      .execute()
}

/** Rows that one statement deletes. Both engines accept this number of parameters. */
const BATCH = 500

/** Deletes resources and everything by which search finds them. @param keys of their rows. */
export const deleteResources = async (trx: Db, keys: readonly number[]): Promise<void> => {
  for (let at = 0; at < keys.length; at += BATCH) {
    const batch = keys.slice(at, at + BATCH)
    await dropIndexes(trx, batch)
    await trx.deleteFrom('resource').where('key', 'in', batch).execute()
  }
}
