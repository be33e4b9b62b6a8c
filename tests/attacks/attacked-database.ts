import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { inject } from 'vitest'
import { openStore } from '../../server/start/open-database.ts'
import type { Store } from '../../server/store/store.ts'
import { type Contents, copyFilled, createFilledBeside } from '../fixtures/filled-database.ts'
import { createDatabaseBeside, dropDatabase } from '../fixtures/postgres.ts'

/** A database that tests may damage and steal. */
export interface AttackedDatabase {
  /** The value for `--db`. */
  readonly url: string
  /** The access log's key and the others, in a folder of their own. */
  readonly logKey: string
  readonly keyFile: string
  readonly store: Store
  /** From now on no entry can be added to the access log, until `mendLog`. */
  breakLog(): Promise<void>
  mendLog(): Promise<void>
  /** Everything that a thief of the database's files gets. */
  stolen(): Promise<string>
  close(): Promise<void>
}

/** Tables of the entries, and of the counts of strangers. */
const LOG = ['audit_event', 'refused_request'] as const

/**
 * Opens a database on the engine of the project, `attacks` or `attacks-postgres`. @param contents fills it; if absent, it is
 * empty.
 */
export const createAttackedDatabase = (contents?: Contents): Promise<AttackedDatabase> => {
  const server = inject('postgres')
  return server === undefined ? onSqlite(contents) : onPostgres(server, contents)
}

const onSqlite = async (contents?: Contents): Promise<AttackedDatabase> => {
  const folder = await mkdtemp(join(tmpdir(), 'carekey-attacked-'))
  const path = join(folder, 'attacked.db')
  if (contents) await copyFilled(path, contents)
  const url = `sqlite:${path}`
  const { remove, ...keys } = await keyFolder()
  const store = await openStore(url)
  return {
    url,
    ...keys,
    store,
    breakLog: async () => {
      for (const table of LOG)
        await alter(
          store,
          `create trigger broken_${table} before insert on ${table} begin select raise(abort, 'disk is full'); end`,
        )
    },
    mendLog: async () => {
      for (const table of LOG) await alter(store, `drop trigger if exists broken_${table}`)
    },
    stolen: async () => {
      const files = await readdir(folder)
      const contents = await Promise.all(files.map((file) => readFile(join(folder, file))))
      return Buffer.concat(contents).toString('latin1')
    },
    close: async () => {
      await store.close()
      await rm(folder, { recursive: true, force: true })
      await remove()
    },
  }
}

const onPostgres = async (server: string, contents?: Contents): Promise<AttackedDatabase> => {
  const url = await (contents ? createFilledBeside(server, contents) : createDatabaseBeside(server))
  const { remove, ...keys } = await keyFolder()
  const store = await openStore(url)
  await alter(
    store,
    `create function refuse() returns trigger language plpgsql
     as $$ begin raise exception using errcode = 'disk_full', message = 'disk is full'; end $$`,
  )
  return {
    url,
    ...keys,
    store,
    breakLog: async () => {
      for (const table of LOG)
        await alter(
          store,
          `create trigger broken before insert on ${table} for each row execute function refuse()`,
        )
    },
    mendLog: async () => {
      for (const table of LOG) await alter(store, `drop trigger if exists broken on ${table}`)
    },
    stolen: async () => {
      const tables = await store.db.introspection.getTables()
      const rows = await Promise.all(
        tables.map((table) => sql`select * from ${sql.table(table.name)}`.execute(store.db)),
      )
      return JSON.stringify(rows)
    },
    close: async () => {
      await store.close()
      await dropDatabase(url, server)
      await remove()
    },
  }
}

/** Not beside the database, so that a thief of its files does not have the keys. */
const keyFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carekey-key-'))
  return {
    logKey: join(folder, 'attacked.log-key'),
    keyFile: join(folder, 'attacked.keys'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

const alter = async (store: Store, statement: string): Promise<void> => {
  await store.write((trx) => sql.raw(statement).execute(trx))
}
