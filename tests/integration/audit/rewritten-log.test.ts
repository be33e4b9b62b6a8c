import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendSigned, writeInTurn } from '../../../server/audit/checkpoint/append-signed.ts'
import { parseCheckpoint } from '../../../server/audit/checkpoint/checkpoint.ts'
import { findPinnedCheckpoint } from '../../../server/audit/checkpoint/log-key.ts'
import type { LoggedAccess } from '../../../server/audit/entry/access-event.ts'
import { hashOfEntry } from '../../../server/audit/entry/leaf.ts'
import { findRollbacks } from '../../../server/audit/verify/verify-checkpoints.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { eraseLog } from '../../../server/cli/admin/erase-command.ts'
import { rememberOrganization } from '../../../server/store/known-organization.ts'
import type { Db } from '../../../server/store/schema.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { referenceTree } from '../../fixtures/reference-tree.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, appendOne, config, createLog, type TestLog } from './logged.ts'

/** An attacker who can write to the database, but has no key, changes the log under a running server. */
describe.each(engines)(
  'a log that is changed under a running server, on %s',
  { timeout: 60_000 },
  (engine) => {
    let test: TestLog
    let checkpoint: string
    beforeEach(async () => {
      test = await createLog(engine)
      await test.append('ana', 'ben', undefined, 'ana', 'ben')
      checkpoint = (await test.log.sign()).note
      await rememberOrganization(test.store, config)
    })
    afterEach(() => test.close())

    /** The tree over the remaining entries, which fill no tile. */
    const rewrite = (change: (trx: Db) => Promise<unknown>) =>
      test.store.write(async (trx) => {
        await change(trx)
        const rows = await trx
          .selectFrom('audit_leaf')
          .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
          .select(['index', 'json', 'salt', 'count'])
          .orderBy('index')
          .execute()
        for (const row of rows)
          await trx
            .updateTable('audit_leaf')
            .set({ hash: hashOfEntry(row) })
            .where('index', '=', row.index)
            .execute()
      })
    const editFirst = async (trx: Db) => {
      const row = await trx
        .selectFrom('audit_leaf')
        .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
        .select(['audit_event.seq', 'json'])
        .where('index', '=', 0)
        .executeTakeFirstOrThrow()
      const json = row.json.replace('Lee “É” O’Neill', 'Somebody else')
      expect(json).not.toBe(row.json)
      await trx.updateTable('audit_event').set({ json }).where('seq', '=', row.seq).execute()
    }
    const dropLast = async (trx: Db) => {
      const last = await trx
        .selectFrom('audit_leaf')
        .select(['index', 'seq'])
        .orderBy('index', 'desc')
        .limit(2)
        .execute()
      for (const { index, seq } of last) {
        await trx.deleteFrom('audit_leaf').where('index', '=', index).execute()
        await trx.deleteFrom('audit_event').where('seq', '=', seq).execute()
      }
      await trx.updateTable('audit_patient').set({ entries: 1 }).execute()
    }
    const forget = (trx: Db) => trx.deleteFrom('audit_checkpoint').execute()
    /** A checkpoint over the new tree that nobody signed. */
    const forge = async (trx: Db) => {
      const { size } = parseCheckpoint(checkpoint)
      const [, , , ...rest] = checkpoint.split('\n')
      const leaves = await trx.selectFrom('audit_leaf').select('hash').orderBy('index').execute()
      const root = referenceTree(leaves.map(({ hash }) => Buffer.from(hash))).root(size)
      const [origin = ''] = checkpoint.split('\n')
      const note = [origin, String(size), root.toString('base64'), ...rest].join('\n')
      await trx.updateTable('audit_checkpoint').set({ note }).execute()
      await trx.updateTable('audit_checkpoint').set({ size }).execute()
    }

    it.each([
      ['an entry was edited and the checkpoints deleted', editFirst, forget],
      ['an entry was edited and a checkpoint put in that nobody signed', editFirst, forge],
      ['the last entries and the checkpoints were deleted', dropLast, forget],
    ])('D06 is not signed where %s', async (_what, change, cover) => {
      await rewrite(change)
      await test.store.write(async (trx) => {
        await cover(trx)
      })
      await expect(test.log.sign()).rejects.toThrow()
      await test.append('ana', 'ben', 'ana')
      await expect(test.log.sign()).rejects.toThrow()
      // A command at the terminal signs too.
      const { url, logKey } = test.database
      const args = ['--db', url, '--log-key', logKey, '--patient', 'ben', '--yes']
      await eraseLog(args, process).catch((error: unknown) =>
        expect(String(error)).toMatch(/not the one that was signed/),
      )
      expect(await findPinnedCheckpoint(test.database.logKey), 'beside the key').toBe(checkpoint)
      const notes = await test.store.db.selectFrom('audit_checkpoint').select('note').execute()
      expect(notes.filter(({ note }) => parseCheckpoint(note).size > 5)).toEqual([])
    })

    it('D06 is not valid if no checkpoint is left', async () => {
      await rewrite(editFirst)
      await test.store.write(async (trx) => void (await forget(trx)))
      const key = await readLogKey(test.database.logKey)
      await expect(verifyLog(test.store.db, key)).rejects.toThrow('every checkpoint is gone')
    })

    it('D07 is not set back by an entry that has no place in it', async () => {
      await rewrite(editFirst)
      await test.store.write(async (trx) => {
        const event = await trx.selectFrom('audit_event').selectAll().limit(1).executeTakeFirstOrThrow()
        const later = { seq: 1000, id: 'later', subtype: 'rollback', recorded: Date.now() + 1000 }
        await trx
          .insertInto('audit_event')
          .values({ ...event, ...later })
          .execute()
        const key = await readLogKey(test.database.logKey)
        await expect(verifyLog(trx, key)).rejects.toThrow('is not what was signed')
        await trx.deleteFrom('audit_event').where('seq', '=', 1000).execute()
        await trx.deleteFrom('audit_queue').where('seq', '=', 1000).execute()
      })
    })

    it('J06 is not set back by an entry that its key did not sign', async () => {
      await appendOne(test.log.store, undefined, { kind: 'rollback', details: { how: 'shrank' } })
      await test.log.sign()
      const key = await readLogKey(test.database.logKey)
      expect(await findRollbacks(test.store.db, key)).toEqual([])
      await rewrite(editFirst)
      await expect(verifyLog(test.store.db, key)).rejects.toThrow(/^forged: entry 5 /)
      const signed: LoggedAccess = { ...accessAbout(undefined), kind: 'rollback', details: { how: 'shrank' } }
      const now = Date.now() + 1_000
      await writeInTurn(test.store, (trx) =>
        appendSigned(trx, signed, { ...test.signing(), clock: () => now }),
      )
      expect(await findRollbacks(test.store.db, key)).toMatchObject([{ recorded: now, index: 6 }])
    })

    it('D06 serves no checkpoint while the newest ones are kept out of the database', async () => {
      await test.append('ana')
      await test.log.sign()
      const { size } = await test.log.checkpoint()
      await test.store.write(async (trx) => {
        await trx.deleteFrom('audit_checkpoint').where('size', '=', size).execute()
      })
      await expect(test.log.checkpoint()).rejects.toThrow('The newest checkpoints are no longer')
      expect(test.log.fault()).toContain('The newest checkpoints')
    })

    it('D06 serves no checkpoint that its key did not sign', async () => {
      await rewrite(editFirst)
      await test.store.write((trx) => forge(trx))
      await expect(test.log.checkpoint()).rejects.toThrow()
    })
  },
)
