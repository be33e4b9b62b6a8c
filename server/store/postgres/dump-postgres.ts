import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import type { Db } from '../schema.ts'
import { DatabaseInUse } from '../store.ts'
import { requireEncryption, withoutLimit } from './postgres.ts'

const run = promisify(execFile)
/** The schema in which Carekey's tables are, and the name that it has while another one is loaded. */
const SCHEMA = 'public'
const FORMER = 'carekey_before_restore'

/**
 * Dumps a database into a new file, as it is at one moment, while others go on writing.
 *
 * @returns what `check` returns about the database at that moment.
 * @throws Error with what pg_dump says; StoreUnavailable, and what `check` throws.
 */
export const dumpPostgres = async <T>(
  url: string,
  file: string,
  check: (db: Db) => Promise<T>,
): Promise<T> => {
  requireEncryption(url)
  return withoutLimit(url, (db) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (trx) => {
        const { rows } = await sql<{ id: string }>`select pg_export_snapshot() as id`.execute(trx)
        const snapshot = `--snapshot=${rows[0]?.id}`
        await runProgram('pg_dump', url, [
          '--format=custom',
          `--schema=${SCHEMA}`,
          snapshot,
          `--file=${file}`,
        ])
        return check(trx)
      }),
  )
}

/**
 * Loads a dump in the place of what stands in a database, which stays until `check` has accepted the loaded tables.
 *
 * @throws DatabaseInUse while others are connected; Error with what pg_restore says; StoreUnavailable, and what `check` throws.
 */
export const restorePostgres = async (
  url: string,
  file: string,
  check: (db: Db) => Promise<unknown>,
): Promise<void> => {
  requireEncryption(url)
  await withoutLimit(url, async (db) => {
    const { rows } = await sql<{ others: number }>`select count(*) as others from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`.execute(
      db,
    )
    if (rows[0]?.others !== 0) throw new DatabaseInUse()
    await requireFinished(db)
    await sql`alter schema ${sql.id(SCHEMA)} rename to ${sql.id(FORMER)}`.execute(db)
    try {
      await runProgram('pg_restore', url, ['--no-owner', '--no-privileges', '--single-transaction', file])
      await check(db)
    } catch (error) {
      await db.transaction().execute(async (trx) => {
        await sql`drop schema if exists ${sql.id(SCHEMA)} cascade`.execute(trx)
        await sql`alter schema ${sql.id(FORMER)} rename to ${sql.id(SCHEMA)}`.execute(trx)
      })
      throw error
    }
    await sql`drop schema ${sql.id(FORMER)} cascade`.execute(db)
  })
}

/** Whether there is anything where Carekey's tables would be, also of another program. @throws StoreUnavailable */
export const holdsPostgres = async (url: string): Promise<boolean> => {
  requireEncryption(url)
  return withoutLimit(url, async (db) => {
    const { rows } =
      await sql`select 1 from pg_class where relnamespace = to_regnamespace(${SCHEMA}) limit 1`.execute(db)
    return rows.length > 0
  })
}

/** A restore that was killed may have been followed by a server, so only a person knows which tables count. @throws Error */
const requireFinished = async (db: Db): Promise<void> => {
  const { rows } = await sql`select 1 from pg_namespace where nspname = ${FORMER}`.execute(db)
  if (rows.length > 0)
    throw new Error(
      `An earlier restore was interrupted: what stood before is in the schema ${FORMER}. Drop that schema if ${SCHEMA} is right; otherwise drop ${SCHEMA} and rename ${FORMER} to it. Then run the command again.`,
    )
}

/** The password is in the file that the environment names; one in the address was on this command's own line already. */
const runProgram = async (program: string, url: string, args: readonly string[]): Promise<void> => {
  try {
    await run(program, ['--dbname', url, ...args])
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT')
      throw new Error(
        `${program} is missing. Install PostgreSQL's client programs, of the server's version or newer, and put them on the PATH.`,
      )
    throw new Error(`${program} failed: ${stderr.trim().split('\n').at(-1)}`)
  }
}
