import { fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import { entryTexts, isReadByBoth, respelledTexts } from '../fixtures/entry-texts.ts'
import { fullAccess, KINDS, SIGNED_KINDS } from '../fixtures/full-access.ts'
import { otherSpellings } from '../fixtures/other-spellings.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { engines } from '../fixtures/store.ts'
import { appendOne, createLog } from '../integration/audit/logged.ts'

const MINUTES = 60_000

describe('J07 the bytes that are signed are the bytes that are read', () => {
  test(
    '2,000 entries are read as they were written',
    () =>
      fc.assert(
        fc.asyncProperty(entryTexts, async (text) => {
          expect(await isReadByBoth(text)).toEqual([true, true])
        }),
        { numRuns: 2_000 },
      ),
    5 * MINUTES,
  )

  test(
    '5,000 other spellings of entries are read neither by the server nor by the extension',
    () =>
      fc.assert(
        fc.asyncProperty(respelledTexts, async ({ json, other }) => {
          expect(JSON.parse(other.text)).toEqual(JSON.parse(json))
          expect(await isReadByBoth(other.text), other.how).toEqual([false, false])
        }),
        { numRuns: 5_000 },
      ),
    5 * MINUTES,
  )

  test.each(engines)(
    'audit:verify names 500 entries that were written in another spelling, on %s',
    async (engine) => {
      const { store, log, database, close } = await createLog(engine)
      const kinds = KINDS.filter((kind) => !SIGNED_KINDS.includes(kind))
      for (const kind of kinds)
        await appendOne(
          log.store,
          'ana',
          fullAccess(kind, (member) => `of ${member}`),
        )
      await log.sign()
      const key = await readLogKey(database.logKey)
      const rows = await store.db.selectFrom('audit_event').select(['seq', 'id', 'json']).execute()
      const write = (seq: number, json: string) =>
        store.write((trx) => trx.updateTable('audit_event').set({ json }).where('seq', '=', seq).execute())
      const changes = fc
        .constantFrom(...rows)
        .chain((row) => otherSpellings(row.json).map((other) => ({ ...row, other })))
      await fc.assert(
        fc
          .asyncProperty(changes, async ({ seq, id, other }) => {
            await write(seq, other.text)
            await expect(verifyLog(store.db, key)).rejects.toThrow(`(AuditEvent/${id})`)
          })
          .afterEach(async () => {
            for (const { seq, json } of rows) await write(seq, json)
          }),
        { numRuns: 500 },
      )
      expect(await verifyLog(store.db, key)).toMatchObject({ entries: rows.length })
      await close()
    },
    5 * MINUTES,
  )
})
