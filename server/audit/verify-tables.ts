import { sql } from 'kysely'
import { isPostgres } from '../store/database-time.ts'
import type { Database, Db } from '../store/schema.ts'
import { Finding } from './finding.ts'

/** Where entries are read, by a check as by a person. */
const TABLES: readonly (keyof Database)[] = [
  'audit_event',
  'audit_queue',
  'audit_leaf',
  'audit_tile',
  'audit_patient',
  'audit_checkpoint',
  'audit_erasure',
]

/**
 * Checks that the log is read from tables. A view, or a rule for rows, can tell who reads, and show a check what it hides from a patient.
 *
 * @throws Finding at the first that is something else. StoreUnavailable
 */
export const verifyTables = async (db: Db): Promise<void> => {
  const { rows } = await (isPostgres(db) ? postgresTables : sqliteTables).execute(db)
  const found = new Set(rows.map(({ name }) => name))
  for (const name of TABLES)
    if (!found.has(name))
      throw new Finding(
        'edited',
        `${name} is no longer Carekey's own table, so entries may be hidden from their readers.`,
      )
}

const sqliteTables = sql<{ name: string }>`select name from sqlite_schema where type = 'table'`

const postgresTables = sql<{ name: string }>`
  select own.name from unnest(array[${sql.join(TABLES)}]) as own (name)
  join pg_class on pg_class.oid = to_regclass(own.name)
  where relkind = 'r' and not (relrowsecurity or relhasrules or relhassubclass)`
