import { sql } from 'kysely'
import type { Db } from '../../store/schema.ts'
import { isPostgres } from '../../store/statements/latest-time.ts'
import { Finding } from '../entry/finding.ts'
import { LOG_TABLES } from './verify-rows.ts'

/**
 * Finds a part of the log that is no table of Carekey's own: a view, or a rule for rows, can tell who reads, and show a check what it
 * hides from a patient. Each connection is asked for itself, because it may have something temporary in that place.
 *
 * @throws StoreUnavailable
 */
export const findReplacedTable = async (db: Db): Promise<Finding | undefined> => {
  const { rows } = await (isPostgres(db) ? postgresTables : sqliteTables).execute(db)
  const found = new Set(rows.map(({ name }) => name))
  const name = LOG_TABLES.find((table) => !found.has(table))
  return name === undefined
    ? undefined
    : new Finding(
        'edited',
        `${name} is no longer Carekey's own table, so entries may be hidden from their readers.`,
      )
}

const sqliteTables = sql<{ name: string }>`select name from sqlite_schema where type = 'table'`

const postgresTables = sql<{ name: string }>`
  select own.name from unnest(array[${sql.join([...LOG_TABLES])}]) as own (name)
  join pg_class on pg_class.oid = to_regclass(own.name)
  where relkind = 'r' and not (relrowsecurity or relhasrules or relhassubclass)`
