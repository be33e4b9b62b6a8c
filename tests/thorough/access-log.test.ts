import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEvent } from '@medplum/fhirtypes'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { NoteKey } from '../../server/audit/checkpoint/checkpoint.ts'
import { openCheckpoint } from '../../server/audit/checkpoint/checkpoint.ts'
import { pinnedFile } from '../../server/audit/checkpoint/log-key.ts'
import { erasePerson } from '../../server/audit/erase/erase.ts'
import { consistencyProof, inclusionProofs } from '../../server/audit/tree/stored-tree.ts'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { engines } from '../fixtures/store.ts'
import { isConsistent, isIncluded } from '../fixtures/verify-proof.ts'
import {
  appendOne,
  createLog,
  insertWaiting,
  openLog,
  type TestLog,
  unknown,
} from '../integration/audit/logged.ts'

const keyOf = ({ database }: TestLog): Promise<NoteKey> => readLogKey(database.logKey)

describe.each(engines)('the access log, on %s', { timeout: 60_000 }, (engine) => {
  const withLog = async (run: (test: TestLog) => Promise<void>) => {
    const test = await createLog(engine)
    try {
      await run(test)
    } finally {
      await test.close()
    }
  }

  it('gives an entry its place a moment after it was written, without a request', () =>
    withLog(async ({ append, store }) => {
      await append('ana', undefined, 'ana', 'ben')
      await expect
        .poll(() => store.db.selectFrom('audit_queue').selectAll().execute(), { timeout: 5_000 })
        .toEqual([])
      const leaves = await store.db
        .selectFrom('audit_leaf')
        .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
        .select(['index', 'patient', 'count'])
        .orderBy('index')
        .execute()
      expect(leaves).toEqual([
        { index: 0, patient: 'ana', count: 1 },
        { index: 1, patient: null, count: null },
        { index: 2, patient: 'ana', count: 2 },
        { index: 3, patient: 'ben', count: 1 },
      ])
    }))

  it(
    'D08 gives every entry one place, also with two processes writing 10,000 at once',
    () =>
      withLog(async (test) => {
        const { url, logKey } = test.database
        const write = async () => {
          const child = fork('tests/integration/audit/write-entries.ts', [url, logKey, '5000'], {
            execArgv: [],
          })
          const [status] = await once(child, 'exit')
          expect(status).toBe(0)
        }
        await Promise.all([write(), write()])
        const one = await test.log.sign()
        expect(one.size).toBe(10_000)
        const { db } = test.store
        const { leaves, seqs, last } = await db
          .selectFrom('audit_leaf')
          .select((eb) => [
            eb.fn.count<number>('index').as('leaves'),
            eb.fn.count<number>('seq').distinct().as('seqs'),
            eb.fn.max('index').as('last'),
          ])
          .executeTakeFirstOrThrow()
        expect([leaves, seqs, last]).toEqual([10_000, 10_000, 9_999])
        expect(await verifyLog(db, await keyOf(test))).toMatchObject({ entries: 10_000, waiting: 0 })

        const rows = await db.selectFrom('audit_leaf').select(['index', 'hash']).orderBy('index').execute()
        const wrong: number[] = []
        for (let from = 0; from < rows.length; from += 100) {
          const some = rows.slice(from, from + 100)
          const indexes = some.map(({ index }) => index)
          const proofs = await inclusionProofs(db, indexes, one.size)
          for (const [at, { index, hash }] of some.entries()) {
            const claim = { index, size: one.size, leaf: hash, root: one.root, proof: proofs[at] ?? [] }
            if (!isIncluded(claim)) wrong.push(index)
          }
        }
        expect(wrong).toEqual([])
      }),
    240_000,
  )

  it('shows that a log that has grown contains what was signed before', () =>
    withLog(async (test) => {
      const checkpoints = []
      for (let round = 0; round < 6; round++) {
        await test.append(...Array.from({ length: round * 7 + 1 }, () => 'ana'))
        checkpoints.push(await test.log.sign())
      }
      for (const [at, one] of checkpoints.entries()) {
        for (const other of checkpoints.slice(at)) {
          const proof = await consistencyProof(test.store.db, one.size, other.size)
          const claim = { from: one.size, to: other.size, fromRoot: one.root, toRoot: other.root, proof }
          expect(isConsistent(claim), `${one.size} in ${other.size}`).toBe(true)
        }
      }
      const key = await keyOf(test)
      for (const { note } of checkpoints)
        expect(openCheckpoint(note, key, 'localhost:3100/audit').note).toBe(note)
    }))

  it('keeps its key from other users, and the newest checkpoint beside it', () =>
    withLog(async ({ append, log, database }) => {
      await append('ana')
      const { note } = await log.sign()
      expect((await stat(database.logKey)).mode & 0o777).toBe(0o600)
      expect(await readFile(pinnedFile(database.logKey), 'utf8')).toBe(note)
    }))

  it('continues after a process ended before its entries had their place', () =>
    withLog(async (test) => {
      // Otherwise it gives them their places every second.
      await test.log.close()
      await insertWaiting(test.store, 'ana')
      // It may not get a place before the other one, which was written earlier.
      await appendOne(test.store, 'ben')
      expect(await verifyLog(test.store.db, await keyOf(test))).toMatchObject({ entries: 0, waiting: 2 })
      const next = await openLog(test.store, test.database.logKey)
      expect(await next.checkpoint()).toMatchObject({ size: 2 })
      await next.close()
    }))

  it('D07 is not opened if it shrank or changed, or without its key, unless the operator accepts that', () =>
    withLog(async (test) => {
      const { database, store, log } = test
      await test.append('ana', 'ben', 'ana')
      await log.sign()
      const pinned = pinnedFile(database.logKey)
      const before = await readFile(pinned, 'utf8')
      const open = () => openLog(store, database.logKey)

      const change = async (statement: string) => store.write((trx) => sql.raw(statement).execute(trx))
      await change(`delete from audit_leaf where "index" = 2`)
      await expect(open()).rejects.toThrow(
        /it holds 2 entries, but 3 were signed \(according to the checkpoint in the database/,
      )
      await change('delete from audit_checkpoint')
      await expect(open()).rejects.toThrow(
        /it holds 2 entries, but 3 were signed \(according to .+log-key\.checkpoint\)/,
      )
      const copy = join(pinned, '..', 'kept')
      await copyFile(database.logKey, copy)
      await rm(database.logKey)
      await expect(open()).rejects.toThrow(/its key .+ is missing/)
      await copyFile(copy, database.logKey)

      const accepted = await openLog(store, database.logKey, true)
      const entry = await store.db
        .selectFrom('audit_event')
        .select('json')
        .where('subtype', '=', 'rollback')
        .executeTakeFirstOrThrow()
      const detail = (JSON.parse(entry.json) as AuditEvent).entity?.[0]?.detail
      expect(detail).toEqual([
        { type: 'how', valueString: 'shrank' },
        { type: 'checkpoint', valueString: expect.stringMatching(/^\d+$/) },
        { type: 'signature', valueString: expect.any(String) },
      ])
      expect(await readFile(pinned, 'utf8')).not.toBe(before)
      await accepted.close()
      await (await open()).close()
    }))

  it('D07 is not opened if it contains other entries', () =>
    withLog(async ({ append, log, database, store }) => {
      await append('ana', 'ben', 'ana')
      await log.sign()
      await store.write((trx) =>
        trx
          .updateTable('audit_leaf')
          .set({ hash: new Uint8Array(32) })
          .where('index', '=', 2)
          .execute(),
      )
      await expect(openLog(store, database.logKey)).rejects.toThrow(
        /its first 3 entries are not the ones that were signed/,
      )
    }))

  it('forgets a patient, and every proof stays valid', () =>
    withLog(async (test) => {
      const { append, log, store } = test
      await append('ana', 'ben', 'ana', undefined, 'ben')
      await appendOne(log.store, undefined, {
        kind: 'sign-in',
        agent: { address: '192.0.2.9', accountId: 'ana-1', accountName: 'Ana', fhirUser: 'Patient/ana' },
      })
      const { note } = await log.sign()
      expect(await erasePerson(store, unknown('ana'), test.signing())).toBe(3)

      const rows = await store.db.selectFrom('audit_event').selectAll().orderBy('seq').execute()
      const erasedRows = rows.filter(({ salt }) => salt === null)
      expect(erasedRows).toHaveLength(3)
      const text = JSON.stringify(erasedRows).replaceAll(/sha256:[\w-]{43}/g, 'digest')
      for (const personal of [
        'ana',
        'Ana',
        'Lee',
        '192.0.2',
        'Practitioner',
        btoa('Observation?code=8480-6'),
      ])
        expect(text, personal).not.toContain(personal)
      expect(text).toContain('digest')

      expect(
        await verifyLog(store.db, await keyOf(test), { others: [{ note, label: 'before' }] }),
      ).toMatchObject({
        entries: 7,
        erased: 3,
      })
      expect(await erasePerson(store, unknown('ana'), test.signing())).toBe(0)
      await append('ana')
      await log.sign()
      const { count } = await store.db
        .selectFrom('audit_leaf')
        .select('count')
        .where('index', '=', 7)
        .executeTakeFirstOrThrow()
      expect(count).toBe(1)
      expect(await verifyLog(store.db, await keyOf(test))).toMatchObject({ entries: 8 })
    }))
})
