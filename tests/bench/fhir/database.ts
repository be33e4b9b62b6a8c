import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql } from 'kysely'
import { seedDemo } from '../../../server/demo/seed.ts'
import { openStore } from '../../../server/start/open-database.ts'
import { benchPatients } from './patients.ts'

const FOLDER = resolve('.cache/bench/patients')

/**
 * The version of the code that makes the records. If only the schema is newer, an existing database is migrated like any other.
 */
const EDITION = createHash('sha256')
  .update(readFileSync(new URL('patients.ts', import.meta.url)))
  .digest('hex')
  .slice(0, 8)

/**
 * Returns the SQLite file with this number of patients; `fhir:import` makes it if it does not exist. Each measurement copies it.
 */
export const patientDatabase = async (count: number): Promise<string> => {
  const path = join(FOLDER, `${EDITION}-${count}.db`)
  if (existsSync(path)) return path
  await mkdir(FOLDER, { recursive: true })
  const making = `${path}.making`
  for (const suffix of ['', '-wal', '-shm']) await rm(`${making}${suffix}`, { force: true })
  await fillWithPatients(`sqlite:${making}`, count)
  await rename(making, path)
  return path
}

/** Riverside Clinic with its accounts, and this number of additional patients. */
export const fillWithPatients = async (database: string, count: number): Promise<void> => {
  await mkdir(FOLDER, { recursive: true })
  // First, because a demo takes only a database without records of its own.
  const store = await openStore(database)
  await seedDemo(store, 'riverside', { publicUrl: 'http://127.0.0.1' }, Date.now)
  await store.close()
  const file = join(FOLDER, `${EDITION}-${count}-${process.pid}.ndjson`)
  try {
    await pipeline(Readable.from(linesOf(count)), createWriteStream(file))
    await importFile(database, file)
    if (!database.startsWith('sqlite:')) await analyze(database)
  } finally {
    await rm(file, { force: true })
  }
}

/** Does the maintenance that PostgreSQL would do by itself within minutes. */
const analyze = async (database: string): Promise<void> => {
  const store = await openStore(database)
  await sql`vacuum analyze`.execute(store.db)
  await store.close()
}

function* linesOf(count: number): Generator<string> {
  let lines: string[] = []
  for (const resource of benchPatients(count)) {
    if (lines.push(JSON.stringify(resource)) < 500) continue
    yield `${lines.join('\n')}\n`
    lines = []
  }
  yield lines.join('\n')
}

/** Runs the command as people run it, with its progress line. */
const importFile = async (database: string, file: string): Promise<void> => {
  const command = ['--max-semi-space-size=8', 'server/cli/import/main.ts', '--db', database, file]
  const startedAt = performance.now()
  const [status] = await once(spawn(process.execPath, command, { stdio: 'inherit' }), 'exit')
  if (status !== 0) throw new Error('The patients could not be imported.')
  console.log(`Imported in ${Math.round((performance.now() - startedAt) / 1000)} s.`)
}
