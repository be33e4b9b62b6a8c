import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, it } from 'vitest'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { eraseLog } from '../../../server/cli/admin/erase-command.ts'
import { rememberOrganization } from '../../../server/store/known-organization.ts'
import type { Database } from '../../../server/store/schema.ts'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import { tracesIn } from '../../fixtures/canary-entries.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, config, createLog } from '../../integration/audit/logged.ts'

const PATIENT = 'zzz-erased-patient'

const countTracesIn = (file: string): number =>
  existsSync(file) ? readFileSync(file).toString('latin1').split(PATIENT).length - 1 : 0

it.each(engines)(
  'F30 values that were erased from the log remain in no file of the database, on %s',
  async (engine) => {
    const test = await createLog(engine)
    const { url, logKey } = test.database
    const traces = async () => {
      if (engine === 'sqlite') {
        const file = url.replace('sqlite:', '')
        return ['', '-wal'].map((suffix) => countTracesIn(file + suffix)).reduce((sum, seen) => sum + seen)
      }
      // PostgreSQL writes a rewritten table to a new file.
      const { rows } = await sql<{
        node: number
      }>`select pg_relation_filenode(name) as node from unnest(array['audit_event', 'audit_patient']) as name`.execute(
        test.store.db,
      )
      return rows.map(({ node }) => node)
    }
    await rememberOrganization(test.store, config)
    for (let round = 0; round < 20; round++) await test.append('ana', PATIENT)
    await test.log.sign()
    const before = await traces()
    expect(before).not.toBe(0)
    const args = ['--db', url, '--log-key', logKey, '--patient', PATIENT, '--yes']
    expect(await eraseLog(args, process)).toEqual({ erased: 20 })
    if (engine === 'sqlite') expect(await traces()).toBe(0)
    else for (const node of [await traces()].flat()) expect(before).not.toContain(node)
    await test.append('ana')
    await test.log.sign()
    await test.close()
  },
  60_000,
)

it.each(engines.filter((engine) => engine === 'postgres'))(
  'J09 values that were erased from the log remain in no statistics and no deleted row of %s',
  async (engine) => {
    const test = await createLog(engine)
    const { url, logKey } = test.database
    const patient = 'zzcanary-id'
    const recorder = createRecorder({ config, store: test.log.store, clock: Date.now })
    const accesses = Array.from({ length: 300 }, (_, at) => [
      accessAbout(patient, { requestId: `zzcanary.${at}`, query: 'Observation?code=zzcanary' }),
      accessAbout(`other-${at}`),
    ])
    await Promise.all(accesses.flat().map((access) => recorder.record(access)))
    await test.log.sign()
    const traces = () => tracesIn('postgres', url, test.store.db)
    const common = async () => {
      const { rows } = await sql`select attname from pg_stats
        where most_common_vals::text like '%zzcanary%' or histogram_bounds::text like '%zzcanary%'`.execute(
        test.store.db,
      )
      return rows
    }
    // Which PostgreSQL does by itself from time to time.
    await sql`analyze`.execute(test.store.db)
    expect(await common()).not.toEqual([])
    expect(await traces()).toContain('pg_statistic: zzcanary')
    await eraseLog(['--db', url, '--log-key', logKey, '--patient', patient, '--yes'], process)
    expect(await common()).toEqual([])
    expect(await traces()).toEqual([])
    await test.close()
  },
  60_000,
)

const READING = 'another process, such as a backup, is reading the database'

const readers: [Engine, keyof Database, string][] = [
  ['sqlite', 'audit_event', READING],
  ['postgres', 'setting', READING],
  ['postgres', 'audit_event', 'canceling statement due to lock timeout'],
]

it.each(readers.filter(([engine]) => engines.includes(engine)))(
  'J09 log erase fails while another process still sees what was erased, on %s from %s, and the next call succeeds',
  async (engine, table, reason) => {
    const test = await createLog(engine)
    const { url, logKey } = test.database
    await test.append('ana', PATIENT)
    await test.log.sign()
    const end = await startReading(engine, url, table)
    const erase = () =>
      runAdmin(['log', 'erase', '--patient', PATIENT, '--yes', '--db', url, '--log-key', logKey])
    expect(await erase()).toMatchObject({
      status: 1,
      out: '',
      last: `The entries are erased, but their old values are still in the database's files, which could not be rewritten: ${reason}. Run the command again.`,
    })
    await end()
    expect(await erase()).toMatchObject({ status: 0, out: '{"erased":0}\n' })
    if (engine === 'sqlite') expect(countTracesIn(url.replace('sqlite:', ''))).toBe(0)
    await test.close()
  },
  60_000,
)

/** Begins a transaction that reads, as a backup does. @returns ends it */
const startReading = async (
  engine: Engine,
  url: string,
  table: keyof Database,
): Promise<() => Promise<unknown>> => {
  if (engine === 'sqlite') {
    const database = new DatabaseSync(url.replace('sqlite:', ''), { readOnly: true })
    database.exec(`BEGIN; SELECT count(*) FROM ${table}`)
    return async () => database.close()
  }
  const client = new pg.Client(url)
  await client.connect()
  await client.query('begin isolation level repeatable read read only')
  await client.query(`select count(*) from ${table}`)
  return () => client.end()
}
