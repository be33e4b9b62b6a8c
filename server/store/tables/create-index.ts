import type { Kysely } from 'kysely'

/** Creates an index that is named for its table and columns. */
export const createIndex = (db: Kysely<unknown>, table: string, ...columns: string[]): Promise<void> =>
  db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute()
