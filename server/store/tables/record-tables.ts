import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import { createIndex, type Dialect } from './dialect.ts'

/** Creates the tables of resources, and of the values by which they are searched (`schema.ts`). */
export const createRecordTables = async (db: Kysely<unknown>, dialect: Dialect): Promise<void> => {
  const { bytewise, clustered } = dialect
  await createResources(db, dialect)
  const bigint = sql`bigint`
  const double = sql`double precision`
  await createValues(db, clustered, 'index_string', { folded: bytewise, exact: bytewise })
  await createIndex(db, 'index_string', 'type', 'param', 'folded')
  await createIndex(db, 'index_string', 'type', 'param', 'exact')
  await createValues(db, clustered, 'index_token', { code: bytewise, system: bytewise })
  await createIndex(db, 'index_token', 'type', 'param', 'code', 'system')
  await createValues(db, clustered, 'index_reference', { target_type: bytewise, target_id: bytewise })
  await createIndex(db, 'index_reference', 'type', 'param', 'target_type', 'target_id')
  await createValues(db, clustered, 'index_date', {
    ...{ low: bigint, high: bigint },
    ...{ written_low: bigint, written_high: bigint },
  })
  await createIndex(db, 'index_date', 'type', 'param', 'low', 'high')
  await createIndex(db, 'index_date', 'type', 'param', 'written_low', 'written_high')
  await createValues(db, clustered, 'index_quantity', {
    ...{ low: double, high: double },
    ...{ system: bytewise, code: bytewise, unit: bytewise },
  })
  await createIndex(db, 'index_quantity', 'type', 'param', 'low', 'high')
}

const createResources = async (
  db: Kysely<unknown>,
  { bytewise, clustered, lastingKey }: Dialect,
): Promise<void> => {
  await db.schema
    .createTable('resource')
    .addColumn('key', lastingKey)
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('last_updated', 'bigint', (c) => c.notNull())
    .addColumn('sort_date', 'bigint', (c) => c.notNull())
    .addColumn('sort_name', bytewise)
    .addColumn('origin', 'text')
    .addColumn('json', 'text', (c) => c.notNull())
    .addUniqueConstraint('resource_identity', ['type', 'id'])
    .execute()
  await createIndex(db, 'resource', 'type', 'key')
  await createIndex(db, 'resource', 'type', 'last_updated')
  await createIndex(db, 'resource', 'type', 'sort_date', 'key')
  await db.schema
    .createIndex('resource_type_sort_name_key')
    .on('resource')
    .columns(['type', 'sort_name', 'key'])
    .where(sql.ref('sort_name'), 'is not', null)
    .execute()
  await db.schema
    .createTable('compartment')
    .addColumn('patient', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('key', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('compartment_primary', ['patient', 'type', 'key'])
    .modifyEnd(clustered)
    .execute()
  await createIndex(db, 'compartment', 'key')
}

/**
 * Creates a table of values by which resources are searched. A resource's values lie together under its key, so that checking a second
 * filter is one lookup and a new version replaces one range.
 *
 * @param columns the type of each.
 */
const createValues = (
  db: Kysely<unknown>,
  clustered: RawBuilder<unknown>,
  table: string,
  columns: Readonly<Record<string, RawBuilder<unknown>>>,
): Promise<void> =>
  Object.entries(columns)
    .reduce<CreateTableBuilder<string, string>>(
      (created, [column, kind]) => created.addColumn(column, kind, (c) => c.notNull()),
      db.schema
        .createTable(table)
        .addColumn('key', 'bigint', (c) => c.notNull())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('param', 'text', (c) => c.notNull()),
    )
    .addPrimaryKeyConstraint(`${table}_primary`, ['key', 'param', ...Object.keys(columns)])
    .modifyEnd(clustered)
    .execute()
