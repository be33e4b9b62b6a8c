import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { DIALECT, type Engine } from './dialect.ts'
import { createLogTables } from './log-tables.ts'
import { createOauthTables } from './oauth-tables.ts'
import { createRecordTables } from './record-tables.ts'
import { createWithingsTable } from './withings-table.ts'

/** The migration that makes a database. One without it was made before the first release. */
export const FIRST = '0001'

/** Returns the migrations of the schema, by names whose order is that of the migrations. A released migration never changes. */
export const migrations = (engine: Engine): Record<string, Migration> => ({
  [FIRST]: {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('setting')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'text', (c) => c.notNull())
        .execute()
      await createOauthTables(db, DIALECT[engine])
      await createRecordTables(db, DIALECT[engine])
      await createLogTables(db, DIALECT[engine])
      await createWithingsTable(db)
    },
  },
})
