import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEvent } from '@medplum/fhirtypes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { importFiles } from '../../../server/cli/import/import-records.ts'
import type { Store } from '../../../server/store/store.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { openLog } from '../audit/logged.ts'

describe.each(engines)('the access log of an import, on %s', (engine) => {
  let folder: string
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-import-'))
    database = await createDatabase(engine)
    store = await database.open()
  })
  afterAll(async () => {
    await store.close()
    await database.close()
    await rm(folder, { recursive: true })
  })

  const patient = (id: string) => `{"resourceType":"Patient","id":"${id}"}`
  const patients = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => patient(`${prefix}${n}`))

  /** @returns the entries that the import left, each as its columns, details and agents. */
  const entriesOf = async (lines: readonly string[], onProgress?: () => void) => {
    const file = join(folder, 'records.ndjson')
    await writeFile(file, lines.join('\n'))
    const newest = await store.db
      .selectFrom('audit_event')
      .select('seq')
      .orderBy('seq', 'desc')
      .executeTakeFirst()
    const watcher = onProgress ? { onProgress } : {}
    const failure = await importFiles(store, [file], Date.now, watcher).then(
      () => undefined,
      (error: unknown) => error,
    )
    const rows = await store.db
      .selectFrom('audit_event')
      .select(['patient', 'subtype', 'outcome', 'request_id', 'json'])
      .where('seq', '>', newest?.seq ?? 0)
      .orderBy('seq')
      .execute()
    const entries = rows.map(({ json, ...columns }) => {
      const { entity = [], agent, period } = JSON.parse(json) as AuditEvent
      const details = Object.fromEntries(
        entity.flatMap(({ detail = [] }) => detail.map(({ type, valueString }) => [type, valueString])),
      )
      return { ...columns, details, agent, period }
    })
    return { entries, failure }
  }

  it('has one entry, about nobody, of an import that fits in one commit', async () => {
    await entriesOf([patient('a')])
    const { entries } = await entriesOf([patient('a'), patient('b'), '{"resourceType":"Patient"}'])
    expect(entries).toEqual([
      {
        ...{ patient: null, subtype: 'import', outcome: '0', request_id: expect.any(String) },
        details: { state: 'ended', created: '1', replaced: '0', unchanged: '1', refused: '1' },
        agent: [
          expect.objectContaining({
            network: { address: 'terminal', type: '2' },
            who: { display: 'Administration at the terminal' },
          }),
          expect.anything(),
        ],
        period: { start: expect.any(String), end: expect.any(String) },
      },
    ])
  })

  it('has an entry at the first commit and one at the last, of a longer import', async () => {
    const { entries } = await entriesOf(patients('long', 2500))
    expect(entries.map(({ subtype, details }) => [subtype, details])).toEqual([
      ['import', { state: 'began' }],
      ['import', { state: 'ended', created: '2500', replaced: '0', unchanged: '0', refused: '0' }],
    ])
    expect(new Set(entries.map(({ request_id }) => request_id)).size).toBe(1)
  })

  it('has an entry of an import that was ended before it was through', async () => {
    let lines = 0
    const { entries, failure } = await entriesOf(patients('ended', 1500), () => {
      if (++lines === 1200) throw new Error('killed')
    })
    expect(failure).toEqual(new Error('killed'))
    expect(entries.map(({ details }) => details)).toEqual([{ state: 'began' }])
    const { size } = await store.db
      .selectFrom('resource')
      .select(({ fn }) => fn.countAll<number>().as('size'))
      .where('id', 'like', 'ended%')
      .executeTakeFirstOrThrow()
    expect(Number(size)).toBe(1000)
  })

  it('has no entry of an import that changed nothing', async () => {
    expect((await entriesOf(['{"resourceType":"Patient"}'])).entries).toEqual([])
  })

  it('is sound once a server has signed it', async () => {
    const log = await openLog(store, database.logKey)
    expect(await verifyLog(store.db, await readLogKey(database.logKey))).toMatchObject({
      entries: 5,
      waiting: 0,
    })
    await log.close()
  })
})
