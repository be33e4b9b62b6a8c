import type { Kysely } from 'kysely'

/** An index named for its table and columns. */
export const createIndex = (db: Kysely<unknown>, table: string, ...columns: string[]) =>
  db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute()
