import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashOfEntry } from '../../../server/audit/entry/leaf.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { appendAccess } from '../../../server/audit/write/log.ts'
import { endOf } from '../../../server/store/last-writes.ts'
import type { Store } from '../../../server/store/store.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { accessAbout, appendOne, config, createLog, insertWaiting, openLog, type TestLog } from './logged.ts'

/** On SQLite, only one process writes at a time, so an entry gets its place in the commit that writes it. */
describe('an entry on SQLite', { timeout: 60_000 }, () => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog('sqlite')
  })
  afterEach(() => test.close())

  const places = () =>
    test.store.db
      .selectFrom('audit_event')
      .leftJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
      .select(['patient', 'index', 'count'])
      .orderBy('audit_event.seq')
      .execute()
  const waiting = () => test.store.db.selectFrom('audit_queue').selectAll().execute()
  const verify = async () => verifyLog(test.store.db, await readLogKey(test.database.logKey))

  it('has its place and its leaf when it is acknowledged', async () => {
    await Promise.all(['ana', undefined, 'ben', 'ana'].map((patient) => appendOne(test.store, patient)))
    expect(await places()).toEqual([
      { patient: 'ana', index: 0, count: 1 },
      { patient: null, index: 1, count: null },
      { patient: 'ben', index: 2, count: 1 },
      { patient: 'ana', index: 3, count: 2 },
    ])
    expect(await waiting()).toEqual([])
    const rows = await test.store.db
      .selectFrom('audit_leaf')
      .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
      .select(['json', 'salt', 'count', 'hash'])
      .execute()
    for (const { hash, ...entry } of rows) expect(Buffer.from(hash)).toEqual(hashOfEntry(entry))
  })

  it('is gone if the work that recorded it throws, and its neighbours are placed without a gap', async () => {
    const record = (store: Store, patient: string, fails: boolean) =>
      store.write(async (trx) => {
        appendAccess(endOf(trx), accessAbout(patient), { config, now: Date.now() })
        if (fails) throw new RangeError('changed my mind')
      })
    const results = await Promise.allSettled([
      record(test.store, 'ana', false),
      record(test.store, 'ben', true),
      record(test.store, 'ana', false),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await places()).toEqual([
      { patient: 'ana', index: 0, count: 1 },
      { patient: 'ana', index: 1, count: 2 },
    ])
    await test.append('ben')
    await test.log.sign()
    expect(await verify()).toMatchObject({ entries: 3, waiting: 0 })
  })

  it('has a place behind those of another process that wrote meanwhile', async () => {
    const other = await test.database.open()
    for (let round = 0; round < 5; round++) {
      await Promise.all([appendOne(test.store, 'ana'), appendOne(other, 'ana'), appendOne(other, 'ben')])
      await appendOne(round % 2 ? other : test.store, 'ana')
    }
    await other.close()
    await test.log.sign()
    expect(await verify()).toMatchObject({ entries: 20, waiting: 0 })
  })

  it('waits behind entries without a place, which somebody wrote beside the server', async () => {
    // It places waiting entries by itself.
    await test.log.close()
    await insertWaiting(test.store, 'ana')
    await appendOne(test.store, 'ben')
    expect(await waiting()).toHaveLength(2)
    const next = await openLog(test.store, test.database.logKey)
    await next.close()
    await appendOne(test.store, 'ana')
    expect(await places()).toEqual([
      { patient: 'ana', index: 0, count: 1 },
      { patient: 'ben', index: 1, count: 1 },
      { patient: 'ana', index: 2, count: 2 },
    ])
  })

  it('is queued if it is written without a place, whoever writes it', async () => {
    await test.append('ana')
    await test.log.close()
    const event = await test.store.db.selectFrom('audit_event').selectAll().executeTakeFirstOrThrow()
    await test.store.write((trx) =>
      trx
        .insertInto('audit_event')
        .values({ ...event, seq: 99, id: 'another' })
        .execute(),
    )
    expect(await waiting()).toEqual([{ seq: 99 }])
  })

  it('of a commit that failed leaves nothing in the tree that its process holds in memory', async () => {
    await Promise.all(Array.from({ length: 254 }, () => appendOne(test.store, 'ana')))
    const run = (statement: string) => test.store.write((trx) => sql.raw(statement).execute(trx))
    await run(`create trigger full before insert on audit_event begin select raise(abort, 'full'); end`)
    await expect(appendOne(test.store, 'ben')).rejects.toMatchObject({ code: 'store-unavailable' })
    await run('drop trigger full')
    // The log has the size now that it would have with the lost entry, and another entry there.
    const other = await test.database.open()
    await appendOne(other, 'ana')
    await other.close()
    // Completes the first tile.
    await appendOne(test.store, 'ana')
    await test.log.sign()
    expect(await verify()).toMatchObject({ entries: 256, waiting: 0 })
  })
})
