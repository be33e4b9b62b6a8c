import { fc } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { erasePerson } from '../../server/audit/erase/erase.ts'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import { createRecorder } from '../../server/audit/write/recorder.ts'
import { ERASED, mentioningEntries, ownEntries, tracesIn } from '../fixtures/canary-entries.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { engines } from '../fixtures/store.ts'
import { config, createLog } from '../integration/audit/logged.ts'

const own = fc.constantFrom(...ownEntries())

test.each(engines)(
  'J09 an erasure leaves nothing of a person in the whole database, on %s: 30 logs with 60 entries that mention them',
  { timeout: 600_000 },
  async (engine) => {
    const logs = fc.array(fc.oneof(own, mentioningEntries), { minLength: 60, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(logs, async (accesses) => {
        const { log, store, database, signing, close } = await createLog(engine)
        try {
          await createRecorder({ config, store: log.store, clock: Date.now }).record(accesses)
          await log.sign()
          expect(await tracesIn(engine, database.url, store.db)).not.toEqual([])
          expect(await erasePerson(store, ERASED, signing())).toBe(accesses.length)
          await store.wipe('audit_event', 'audit_patient')
          await log.sign()
          expect(await tracesIn(engine, database.url, store.db)).toEqual([])
          const key = await readLogKey(database.logKey)
          expect(await verifyLog(store.db, key)).toMatchObject({ erased: accesses.length })
        } finally {
          await close()
        }
      }),
      { numRuns: 30 },
    )
  },
)
