import { rm, stat, writeFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { parseCheckpoint } from '../../../server/audit/checkpoint/checkpoint.ts'
import { checkedFile, findChecked, storeChecked } from '../../../server/audit/checkpoint/log-key.ts'
import { openAccessLog } from '../../../server/audit/open-log.ts'
import { openLogKey } from '../../../server/audit/open-log-key.ts'
import { rootAt } from '../../../server/audit/tree/stored-tree.ts'
import { watchLog } from '../../../server/audit/verify/watch-log.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { runVerify } from '../../fixtures/run-command.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { appendOne, config } from '../../integration/audit/logged.ts'

const silent = { onFinding: () => undefined, onDelay: () => undefined, onFault: () => undefined }

/** Whoever owns the database changes the log while no server runs. */
const MINUTE = 60_000
const DAY = 86_400_000

describe.each(engines)(
  'J08 a server that starts over a changed log, on %s',
  { timeout: 60_000 },
  (engine) => {
    let database: TestDatabase
    let store: Store
    let app: FastifyInstance | undefined
    const start = async (acceptRollback = false) => {
      const { logKey, keyFile } = database
      app = await createApp({
        config,
        store,
        clock: Date.now,
        keyFile,
        logKey: { file: logKey, acceptRollback },
      })
      return app
    }
    const stop = async () => {
      await app?.close()
      app = undefined
    }
    beforeEach(async () => {
      database = await createDatabase(engine)
      store = await database.open()
      await start()
      for (const patient of ['ana', 'ben', undefined, 'ana', 'ben', 'ana']) await appendOne(store, patient)
      await stop()
    })
    afterEach(async () => {
      await stop()
      await store.close()
      await database.close()
    })

    const ready = async () => {
      const answer = await app?.inject('/readyz')
      return { status: answer?.statusCode, ...(answer?.json() as object) }
    }
    const notVerified = (detail: RegExp) => ({
      status: 'not-ready',
      reason: 'log-not-verified',
      detail: expect.stringMatching(detail),
    })
    const signedSize = async () => {
      const note = (await app?.inject('/audit/checkpoint'))?.body ?? ''
      return parseCheckpoint(note).size
    }
    const tamper = (work: (trx: Db) => Promise<unknown>) =>
      store.write(async (trx) => {
        await work(trx)
      })
    const seqAt = async (index: number) =>
      (
        await store.db
          .selectFrom('audit_leaf')
          .select('seq')
          .where('index', '=', index)
          .executeTakeFirstOrThrow()
      ).seq

    const edit = async (index: number) => {
      const seq = await seqAt(index)
      await tamper((trx) =>
        trx
          .updateTable('audit_event')
          .set({ json: sql<string>`replace(json, 'Lee', 'Loe')` })
          .where('seq', '=', seq)
          .execute(),
      )
    }
    const remove = async (index: number) => {
      const seq = await seqAt(index)
      await tamper((trx) => trx.deleteFrom('audit_event').where('seq', '=', seq).execute())
    }
    const swap = async (index: number) => {
      const [one, other] = [await seqAt(index), await seqAt(index - 1)]
      await tamper(async (trx) => {
        const put = (at: number, seq: number) =>
          trx.updateTable('audit_leaf').set({ seq }).where('index', '=', at).execute()
        await put(index, -1)
        await put(index - 1, one)
        await put(index, other)
      })
    }
    const changes: [string, (index: number) => Promise<void>, RegExp][] = [
      ['edited', edit, /^edited: entry \d+ \(AuditEvent\/.+\) is not what was logged/],
      ['deleted', remove, /^removed: entry \d+ /],
      ['moved', swap, /^reordered: entry \d+ /],
    ]

    it.each(changes)(
      'is not ready at once if an entry was %s since the last check',
      async (_what, change, detail) => {
        await change(5)
        await start()
        expect(await ready()).toEqual(notVerified(detail))
        const size = await signedSize()
        await appendOne(store, 'ana')
        await expect(app?.inject('/audit/checkpoint')).resolves.toMatchObject({ statusCode: 200 })
        expect(await signedSize()).toBe(size)
        await stop()
        await start()
        expect(await ready(), 'after another start').toEqual(notVerified(detail))
      },
    )

    it.each(changes)(
      'finds an entry that was %s before the last check, and then signs nothing more',
      async (_what, change, detail) => {
        // A start without a fault: everything up to here counts as checked.
        await start()
        await stop()
        await change(2)
        await start()
        await expect.poll(ready, { timeout: 20_000 }).toEqual(notVerified(detail))
        const size = await signedSize()
        await appendOne(store, 'ana')
        await stop()
        await start()
        expect(await ready(), 'after another start').toEqual(notVerified(detail))
        expect(await signedSize()).toBe(size)
      },
    )

    it('does not take a checkpoint that was only signed for one that was checked', async () => {
      await start()
      await stop()
      await edit(2)
      const { note } = await store.db
        .selectFrom('audit_checkpoint')
        .select('note')
        .orderBy('key', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow()
      await writeFile(checkedFile(database.logKey), note)
      await start()
      expect(await ready()).toEqual(notVerified(/^edited: entry 2 /))
    })

    it('reads a log whose last check is unknown', async () => {
      await rm(checkedFile(database.logKey))
      await edit(0)
      await start()
      expect(await ready()).toEqual(notVerified(/^edited: entry 0 /))
    })

    it('goes on once the operator accepts the log as it is', async () => {
      await edit(3)
      await start()
      expect(await ready()).toEqual(notVerified(/^edited: entry 3 /))
      await stop()
      await start(true)
      expect(await ready()).toEqual({ status: 'ready' })
      await appendOne(store, 'ana')
      await stop()
      // Also what is changed later: the check of the whole log begins with the entry that says so.
      await edit(1)
      await start()
      const checkedAt = async () => (await stat(checkedFile(database.logKey))).mtimeMs
      const atStart = await checkedAt()
      await expect.poll(checkedAt, { timeout: 20_000 }).toBeGreaterThan(atStart)
      expect(await ready()).toEqual({ status: 'ready' })
      const { url, logKey } = database
      expect((await runVerify(['--db', url, '--log-key', logKey])).last).toMatch(/^edited: entry 1 /)
    })

    it('goes on with what was added, every minute, and with the whole log, every day', async () => {
      const opened = await openLogKey({ store, logKey: { file: database.logKey } })
      const log = await openAccessLog({ config, store, clock: Date.now, key: opened, ...silent })
      await appendOne(store, 'ana')
      const signed = await log.sign()
      const { key, file } = opened
      const checkedSize = async () => (await findChecked(file, key))?.size
      expect(await checkedSize()).toBeLessThan(signed.size)
      let now = 0
      const watchFor = (time: number, onFinding: (sentence: string) => void, by = key) => {
        vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
        const newestSigned = () => signed
        const watch = watchLog({
          store,
          key: by,
          file,
          isRead: true,
          newestSigned,
          elapsed: () => now,
          onFinding,
          onFault: silent.onFault,
        })
        vi.advanceTimersByTime(time)
        vi.useRealTimers()
        return watch
      }
      const watch = watchFor(MINUTE, silent.onFinding)
      await expect.poll(checkedSize, { timeout: 20_000 }).toBe(signed.size)
      await watch.close()
      now = 2 * DAY
      expect(watch.overdue()).toMatch(/^The access log could not be checked/)
      const findingAfter = (time: number, by = key) =>
        new Promise<string>((resolve) => {
          watchFor(time, resolve, by)
        })
      // Nothing was added, and perhaps somebody sees to that.
      await tamper((trx) => trx.insertInto('audit_queue').values({ seq: -1 }).execute())
      expect(await findingAfter(MINUTE)).toMatch(/^removed: the queue names an entry written as -1,/)
      await tamper((trx) => trx.deleteFrom('audit_queue').execute())
      await storeChecked(file, key, { size: 2, root: await rootAt(store.db, 2) })
      await edit(signed.size - 1)
      expect(await findingAfter(MINUTE)).toMatch(/^edited: /)
      expect(await checkedSize(), 'nothing counts as checked').toBe(0)
      // Of the entries that were checked, a minute's check reads none.
      await storeChecked(file, key, signed)
      expect(await findingAfter(DAY)).toMatch(/^edited: /)
      // Also if it cannot be written down, here because the private half of the key is missing.
      await storeChecked(file, key, signed)
      expect(await findingAfter(DAY, { publicKey: key.publicKey })).toMatch(/^edited: /)
      await log.close()
    })
  },
)
