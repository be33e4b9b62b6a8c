import { existsSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { eraseLog } from '../../../server/cli/admin-erase.ts'
import { rememberOrganization } from '../../../server/oauth/known-organization.ts'
import { engines } from '../../fixtures/store.ts'
import { config, createLog } from './logged.ts'

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
