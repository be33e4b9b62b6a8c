import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { hashOfEntry } from '../../../server/audit/entry/leaf.ts'
import { openAccessLog } from '../../../server/audit/open-log.ts'
import { openLogKey } from '../../../server/audit/open-log-key.ts'
import { placeEntries } from '../../../server/audit/tree/place-entries.ts'
import { treeSize } from '../../../server/audit/tree/stored-tree.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { takeTurn } from '../../../server/audit/write/sequencer.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { runVerify } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import {
  accessAbout,
  appendOne,
  config,
  createLog,
  insertWaiting,
  type TestLog,
} from '../../integration/audit/logged.ts'

/** More than the sequencer takes at a time. */
const MANY = 300

/** Somebody who can write to the database, but has no key, keeps entries from their places under a running server. */
describe.each(engines)('an entry without a place, on %s', { timeout: 60_000 }, (engine) => {
  let test: TestLog
  let owner: Store
  beforeEach(async () => {
    test = await createLog(engine)
    owner = await test.database.open()
    await test.append('ana', 'ben')
    await test.log.sign()
  })
  afterEach(async () => {
    await owner.close()
    await test.close()
  })

  const tamper = (...works: ((trx: Db) => Promise<unknown>)[]) =>
    owner.write(async (trx) => {
      for (const work of works) await work(trx)
    })
  const queue = (...seqs: number[]) =>
    tamper((trx) =>
      trx
        .insertInto('audit_queue')
        .values(seqs.map((seq) => ({ seq })))
        .execute(),
    )
  const verify = async () => {
    const { url, logKey } = test.database
    return (await runVerify(['--db', url, '--log-key', logKey])).last
  }
  /** From now on no entry gets a place: a trigger refuses it. */
  const block = async () => {
    await tamper(async (trx) => {
      if (engine === 'postgres')
        await sql`create function blocked() returns trigger language plpgsql
                  as $$ begin raise exception 'blocked'; end $$`.execute(trx)
      await sql
        .raw(
          engine === 'sqlite'
            ? `create trigger blocked before insert on audit_leaf begin select raise(abort, 'blocked'); end`
            : 'create trigger blocked before insert on audit_leaf execute function blocked()',
        )
        .execute(trx)
    })
    // On SQLite, entries wait behind one that has no place.
    await insertWaiting(owner, undefined)
  }
  const unblock = (trx: Db) =>
    sql.raw(`drop trigger blocked${engine === 'sqlite' ? '' : ' on audit_leaf'}`).execute(trx)
  const newest = () =>
    owner.db
      .selectFrom('audit_event')
      .select(['seq', 'id', 'json'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
  const remove = (table: 'audit_event' | 'audit_queue' | 'audit_leaf', seq: number) => (trx: Db) =>
    trx.deleteFrom(table).where('seq', '=', seq).execute()
  const editNewest = async (trx: Db) => {
    const { seq, json } = await newest()
    const edited = json.replaceAll('Lee', 'Loe')
    expect(edited).not.toBe(json)
    await trx.updateTable('audit_event').set({ json: edited }).where('seq', '=', seq).execute()
  }
  const uncount = (patient: string) => (trx: Db) =>
    trx
      .updateTable('audit_patient')
      .set((eb) => ({ entries: eb('entries', '-', 1) }))
      .where('patient', '=', patient)
      .execute()
  /** Without a signature. */
  const placed = () =>
    expect
      .poll(() => owner.db.selectFrom('audit_queue').selectAll().execute(), { timeout: 10_000 })
      .toEqual([])

  it('J08 is not held back by rows of the queue that name no entry', async () => {
    await queue(...Array.from({ length: MANY }, (_, at) => at - MANY), 2 ** 40)
    await test.append('ana', undefined, 'ben')
    if (engine === 'sqlite') expect(await treeSize(test.store.db), 'placed at once').toBe(5)
    await insertWaiting(test.store, 'ana')
    await test.append('ben')
    expect(await test.log.sign()).toMatchObject({ size: 7 })
    expect(await verify()).toMatch(
      /^removed: the queue names an entry written as -?\d+, which does not exist/,
    )
  })

  it('J08 is a fault if it was taken out of the queue', async () => {
    await block()
    await test.append('ana')
    const { seq, id } = await newest()
    await tamper(remove('audit_queue', seq))
    await tamper(unblock)
    await expect(test.log.sign()).rejects.toThrow()
    const sentence = `AuditEvent/${id}, which this server wrote, has no place in the log and is not waiting for one.`
    expect(test.log.fault()).toBe(`removed: ${sentence}`)
    expect(await verify()).toMatch(/^inserted: AuditEvent\/.+ has no place in the log/)
    // Requests go on being answered, and nothing is signed.
    await test.append('ana')
    await expect(test.log.sign()).rejects.toThrow(sentence)
  })

  it('J08 is a fault if it was deleted with its row of the queue', async () => {
    await block()
    await test.append('ana')
    const { seq, id } = await newest()
    await tamper(remove('audit_queue', seq), remove('audit_event', seq))
    await tamper(unblock)
    await expect(test.log.sign()).rejects.toThrow()
    expect(test.log.fault()).toBe(`removed: AuditEvent/${id}, which this server wrote, is gone.`)
  })

  it('J08 gets its place as it was written, also if it was edited while placing it failed', async () => {
    await block()
    await test.append('ana')
    // Whoever places it knows it from memory, also the second time.
    await expect(test.log.sign()).rejects.toThrow()
    await tamper(editNewest)
    await tamper(unblock)
    await test.log.sign()
    expect(await verify()).toMatch(/^edited: entry 3 /)
  })

  /** Another process places what waits, from what the database holds. */
  const placeFromDatabase = async (trx: Db) => {
    const waiting = await trx
      .selectFrom('audit_queue')
      .innerJoin('audit_event', 'audit_event.seq', 'audit_queue.seq')
      .select(['audit_event.seq', 'patient', 'json', 'salt'])
      .orderBy('audit_event.seq')
      .execute()
    const leaves = waiting.map(({ seq, patient, ...entry }) => {
      const hash = (count: number | null) => hashOfEntry({ ...entry, count })
      return { seq, patient, hash }
    })
    await placeEntries(trx, leaves, await treeSize(trx))
    await trx.deleteFrom('audit_queue').execute()
  }

  it('J08 is a fault if another process placed something else', async () => {
    await block()
    await test.append('ana')
    const { id } = await newest()
    await tamper(takeTurn, editNewest, unblock, placeFromDatabase)
    await expect(test.log.sign()).rejects.toThrow()
    expect(test.log.fault()).toBe(
      `edited: AuditEvent/${id} got its place as another entry than this server wrote.`,
    )
  })

  it('J08 is no fault if another process placed it', async () => {
    await block()
    await test.append('ana')
    await tamper(takeTurn, unblock, placeFromDatabase)
    expect(await test.log.sign()).toMatchObject({ size: 4 })
    expect(test.log.fault()).toBeUndefined()
    expect(await verify()).toMatch(/^The access log is sound: 4 entries/)
  })

  it('J06 is a fault if its leaf was deleted with it before it was signed', async () => {
    await test.append('ana', 'ana')
    await placed()
    const { seq } = await newest()
    await tamper(remove('audit_leaf', seq), remove('audit_event', seq), uncount('ana'))
    await expect(test.log.sign()).rejects.toThrow('it holds 3 entries, but 4 were written')
    // Another one takes its place.
    await test.append('ana')
    await expect(test.log.sign()).rejects.toThrow('were not there when it wrote others')
    expect(test.log.fault()).toMatch('were not there when it wrote others')
  })

  it('J06 is a fault if its leaf was changed before it was signed', async () => {
    await test.append('ana')
    await placed()
    const { seq } = await newest()
    await tamper((trx) =>
      trx
        .updateTable('audit_leaf')
        .set({ hash: new Uint8Array(32) })
        .where('seq', '=', seq)
        .execute(),
    )
    await expect(test.log.sign()).rejects.toThrow('its first 3 entries are not the ones that were written')
  })

  it('J08 is reported if it is not signed within a minute, until it is', async () => {
    let now = 0
    const sentences: string[] = []
    const none = () => undefined
    const log = await openAccessLog({
      ...{ config, store: owner, clock: Date.now, elapsed: () => now, onFinding: none, onFault: none },
      key: await openLogKey({ store: owner, logKey: { file: test.database.logKey } }),
      onDelay: (sentence) => sentences.push(sentence),
    })
    await block()
    await appendOne(log.store, 'ana')
    now = 40_000
    await expect(log.sign()).rejects.toThrow()
    expect(log.delay()).toBeUndefined()
    now = 50_000
    expect(log.delay()).toMatch(/for 50 seconds/)
    await expect.poll(() => sentences, { timeout: 20_000 }).toEqual([log.delay()])
    await tamper(unblock)
    await log.sign()
    expect(log.delay()).toBeUndefined()
    await log.close()
    expect(sentences).toHaveLength(1)
  })

  it('J08 makes its server not ready if it is not signed within a minute', async () => {
    let now = 0
    const { keyFile, logKey } = test.database
    const app = await createApp({
      ...{ config, store: owner, clock: Date.now, elapsed: () => now, keyFile, logKey: { file: logKey } },
    })
    await block()
    const ready = async () => (await app.inject('/readyz')).json()
    expect(await ready()).toEqual({ status: 'ready' })
    now = 60_000
    expect(await ready()).toMatchObject({ status: 'not-ready', reason: 'log-not-verified' })
    await tamper(unblock)
    await app.close()
  })

  it('J08 is not written if its server could not remember it, and is once others have their places', async () => {
    await block()
    const patients = Array.from({ length: 200 }, (_, at) => `patient-${at}`)
    const { record } = createRecorder({ config, store: test.log.store, clock: Date.now })
    for (let written = 0; written < 10_000; written += patients.length)
      await record(accessAbout(undefined, { patients }))
    const before = await newest()
    await expect(test.append('ana')).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(await newest()).toEqual(before)
    await tamper(unblock)
    await test.append('ana')
    // It waited for a batch, and not for all of them: its reader would be gone by then.
    const waiting = await owner.db.selectFrom('audit_queue').selectAll().execute()
    expect(waiting.length).toBeGreaterThan(5_000)
    expect(await test.log.sign()).toMatchObject({ size: 10_004 })
    expect(await verify()).toMatch(/^The access log is sound/)
  })
})
