import { compileRows } from '../store/compile-rows.ts'
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

/** A statement for each table, for what says the same twice is kept once. */
const insertInto = <Table extends IndexTable>(table: Table) =>
  compileRows<Database[Table], never>((db, rows) =>
    db
      .insertInto(table)
      // biome-ignore lint/suspicious/noExplicitAny: the rows are the table's, which the builder cannot see for a union
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

/** Everything that search and access find the resources by. */
export const putIndexes = async (trx: Db, resources: readonly Indexed[]): Promise<void> => {
  await insert.compartment(
    trx,
    resources.flatMap(({ key, type, id, content }) =>
      patientsOf(type, id, content).map((patient) => ({ patient, type, key })),
    ),
  )
  await insert.index_string(
    trx,
    resources.flatMap(({ key, type, values }) =>
      values.strings.map(({ param, text: exact }) => ({
        ...{ key, type, param, exact },
        folded: fold(exact).slice(0, LONGEST_VALUE),
      })),
    ),
  )
  await insert.index_token(
    trx,
    resources.flatMap(({ key, type, values }) => values.tokens.map((token) => ({ key, type, ...token }))),
  )
  await insert.index_date(
    trx,
    resources.flatMap(({ key, type, values }) =>
      values.dates.map(({ param, interval: { low, high } }) => ({ key, type, param, low, high })),
    ),
  )
  await insert.index_quantity(
    trx,
    resources.flatMap(({ key, type, values }) =>
      values.quantities.map(({ param, amount }) => ({ key, type, param, ...amount })),
    ),
  )
  await insert.index_reference(
    trx,
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
  for (const table of Object.keys(insert) as IndexTable[])
    await trx
      .deleteFrom(table)
      .where('key', 'in', [...keys])
      .execute()
}
