import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latestTime } from '../../../server/audit/checkpoint/kept-checkpoints.ts'
import { Finding } from '../../../server/audit/entry/finding.ts'
import { erasePerson } from '../../../server/audit/erase/erase.ts'
import { type SoundLog, verifyLog } from '../../../server/audit/verify/verify-log.ts'
import type { Db } from '../../../server/store/schema.ts'
import { putSetting } from '../../../server/store/settings.ts'
import { findEarliestTime, LATEST_TIME } from '../../../server/store/statements/latest-time.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { createLog, insertWaiting, type TestLog, unknown } from '../../integration/audit/logged.ts'

/** The columns of each table of the log; the first one names a row. */
const COLUMNS = {
  audit_event: [
    ...['seq', 'id', 'recorded', 'patient', 'agent', 'client_id', 'type', 'subtype', 'outcome', 'request_id'],
    ...['json', 'salt'],
  ],
  audit_queue: ['seq'],
  audit_leaf: ['index', 'seq', 'count', 'hash'],
  audit_tile: ['level', 'index', 'hashes'],
  audit_patient: ['patient', 'entries'],
  audit_checkpoint: ['key', 'size', 'signed_at', 'note'],
  audit_erasure: ['seq', 'erasure', 'nonce'],
} as const

const ODD = [
  ...[
    null,
    '',
    'x',
    '{}',
    '[]',
    '"x"',
    'null',
    '{"agent":[]}',
    '{"agent":5,"type":null}',
    '🩺\u0000',
    'x'.repeat(9000),
  ],
  ...['[null]', '{"entity":[null]}', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ...[new Uint8Array(), Uint8Array.of(0x7b, 0x7d), new Uint8Array(31).fill(255)],
  ...[0, -1, 0.5, 9e15, 2n ** 53n, 2n ** 63n - 1n, 1e300],
]

/** Whoever owns a database can write anything where its engine takes it: SQLite takes texts and bytes in any column. */
describe.each(engines)('a value that is none of the log, on %s', { timeout: 240_000 }, (engine) => {
  let test: TestLog
  let db: Db
  beforeAll(async () => {
    test = await createLog(engine)
    db = test.store.db
    // More than a tile of the tree.
    await Promise.all(Array.from({ length: 256 }, () => test.append('ana')))
    await test.append('ben')
    await erasePerson(test.store, unknown('ben'), test.signing())
    await test.append('ana', undefined)
    await test.log.sign()
    await test.log.close()
    await insertWaiting(test.store, 'ana')
  })
  afterAll(() => test.close())

  const verify = async (): Promise<SoundLog | string> => {
    try {
      return await verifyLog(db, await readLogKey(test.database.logKey))
    } catch (error) {
      if (error instanceof Finding) return error.message
      throw error
    }
  }
  const tables = Object.entries(COLUMNS).flatMap(([table, columns]) =>
    columns.map((column) => [table, column, columns[0]] as const),
  )

  it.each(tables)('in %s, %s is a fault or does no harm', async (table, column, key) => {
    const [row] = (
      await sql<
        Record<string, unknown>
      >`select * from ${sql.table(table)} order by ${sql.ref(key)} limit 1`.execute(db)
    ).rows
    const put = (value: unknown, where: unknown) =>
      test.store.write((trx) =>
        sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value} where ${sql.ref(key)} = ${where}`.execute(
          trx,
        ),
      )
    const [before, name] = [row?.[column], row?.[key]]
    expect(before, 'there is a row').not.toBeUndefined()
    for (const value of ODD) {
      try {
        await put(value, name)
      } catch {
        // The engine takes no such value there.
        continue
      }
      expect(await verify().catch((error: unknown) => ({ value, error }))).toSatisfy(
        (result) => typeof result === 'string' || 'entries' in result,
      )
      await put(before, column === key ? value : name)
    }
    expect(await verify(), 'as before').toMatchObject({ waiting: 1 })
  })

  it('as the latest time of all processes is no time', async () => {
    const last = await latestTime(db)
    for (const value of ['x', '', 'NaN']) {
      await test.store.write((trx) => putSetting(trx, LATEST_TIME, value))
      expect([await latestTime(db), await findEarliestTime(db)]).toEqual([last, 0])
    }
  })
})
