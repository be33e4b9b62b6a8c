import type { Database, Db } from '../store/schema.ts'
import { patientsOf } from './compartment.ts'
import { fold } from './fold.ts'
import { type IndexedValues, LONGEST_VALUE } from './indexed-values.ts'
import type { Json } from './json-path.ts'

/** A resource of the store, and what search finds it by. */
export interface Indexed {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly content: Json
  readonly values: IndexedValues
}

const TABLES = [
  'compartment',
  'index_string',
  'index_token',
  'index_date',
  'index_quantity',
  'index_reference',
] as const

/** Values one statement takes: SQLite's limit is 32,766. */
const VALUES = 30_000

/** Everything that search and access find the resources by. What says the same twice is kept once. */
export const putIndexes = async (trx: Db, resources: readonly Indexed[]): Promise<void> => {
  await insertRows(
    trx,
    'compartment',
    resources.flatMap(({ key, type, id, content }) =>
      patientsOf(type, id, content).map((patient) => ({ patient, type, key })),
    ),
  )
  await insertRows(
    trx,
    'index_string',
    resources.flatMap(({ key, type, values }) =>
      values.strings.map(({ param, text: exact }) => ({
        ...{ key, type, param, exact },
        folded: fold(exact).slice(0, LONGEST_VALUE),
      })),
    ),
  )
  await insertRows(
    trx,
    'index_token',
    resources.flatMap(({ key, type, values }) => values.tokens.map((token) => ({ key, type, ...token }))),
  )
  await insertRows(
    trx,
    'index_date',
    resources.flatMap(({ key, type, values }) =>
      values.dates.map(({ param, interval: { low, high } }) => ({ key, type, param, low, high })),
    ),
  )
  await insertRows(
    trx,
    'index_quantity',
    resources.flatMap(({ key, type, values }) =>
      values.quantities.map(({ param, amount }) => ({ key, type, param, ...amount })),
    ),
  )
  await insertRows(
    trx,
    'index_reference',
    resources.flatMap(({ key, type, values }) =>
      values.references.map(({ param, target }) => ({
        ...{ key, type, param },
        target_type: target.type,
        target_id: target.id,
      })),
    ),
  )
}

/** Forgets what these resources were found by. */
export const dropIndexes = async (trx: Db, keys: readonly number[]): Promise<void> => {
  if (keys.length === 0) return
  for (const table of TABLES)
    await trx
      .deleteFrom(table)
      .where('key', 'in', [...keys])
      .execute()
}

const insertRows = async <Table extends (typeof TABLES)[number]>(
  trx: Db,
  table: Table,
  rows: readonly Database[Table][],
): Promise<void> => {
  const most = Math.floor(VALUES / Object.keys(rows[0] ?? {}).length)
  for (let start = 0; start < rows.length; start += most)
    await trx
      .insertInto(table)
      // biome-ignore lint/suspicious/noExplicitAny: the rows are the table's, which the builder cannot see for a union
      .values(rows.slice(start, start + most) as any)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}
