import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import { originOf, signCheckpoint } from '../../../server/audit/checkpoint.ts'
import { growingTree, type TreeNode } from '../../../server/audit/growing-tree.ts'
import { hashOfEntry } from '../../../server/audit/leaf.ts'
import { entriesOf } from '../../../server/audit/log.ts'
import { createLogKey, pinCheckpoint } from '../../../server/audit/log-key.ts'
import { placeEntries } from '../../../server/audit/place-entries.ts'
import { consistencyProof, inclusionProofs, rootAt } from '../../../server/audit/stored-tree.ts'
import { verifyLog } from '../../../server/audit/verify-log.ts'
import type { Database } from '../../../server/store/schema.ts'
import { createEarlierDatabase } from '../../fixtures/earlier-database.ts'
import { referenceTree } from '../../fixtures/reference-tree.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'
import { isConsistent, isIncluded } from '../../fixtures/verify-proof.ts'
import { accessAbout, appendOne, config, openLog } from './logged.ts'

/** The tables of version 0018, in which each hash of the tree was a row. */
interface EarlierDatabase extends Database {
  audit_node: TreeNode
}

const LAST = '0018-withings-fat-mass'
const BATCH = 1_000

const insertNodes = async (db: Kysely<EarlierDatabase>, nodes: readonly TreeNode[]) => {
  for (let at = 0; at < nodes.length; at += BATCH)
    await db
      .insertInto('audit_node')
      .values(nodes.slice(at, at + BATCH))
      .execute()
}

describe.each(engines)('a log of an earlier version, on %s', { timeout: 120_000 }, (engine) => {
  it('keeps its entries, proofs and checkpoints, and places what was waiting', async () => {
    const database = await createDatabase(engine)
    const key = await createLogKey(database.logKey)
    const patients = ['ana', 'ben', undefined]
    const [PLACED, WAITING, SIGNED] = [700, 40, 650]
    const leaves: Buffer[] = []
    let note = ''
    await createEarlierDatabase<EarlierDatabase>(engine, database.url, LAST, async (db) => {
      const tree = growingTree()
      const nodes: TreeNode[] = []
      const counts = new Map<string, number>()
      for (let n = 0; n < PLACED + WAITING; n++) {
        const patient = patients[n % patients.length]
        for (const { row } of entriesOf(accessAbout(patient), { config, now: Date.now() })) {
          await db.insertInto('audit_event').values(row).execute()
          if (n >= PLACED) continue
          const count = patient === undefined ? null : (counts.get(patient) ?? 0) + 1
          if (patient !== undefined && count !== null) counts.set(patient, count)
          const hash = hashOfEntry({ ...row, count })
          leaves.push(hash)
          await db
            .insertInto('audit_leaf')
            .values({ index: n, seq: n + 1, count, hash })
            .execute()
          nodes.push(...tree.add(hash))
        }
        if (tree.size !== SIGNED || note) continue
        note = signCheckpoint(
          { origin: originOf(config.publicUrl), size: tree.size, root: tree.root() },
          key,
        ).note
      }
      await insertNodes(db, nodes)
      for (const [patient, entries] of counts)
        await db.insertInto('audit_patient').values({ patient, entries }).execute()
      await db.deleteFrom('audit_queue').where('seq', '<=', PLACED).execute()
      await db.insertInto('audit_checkpoint').values({ size: SIGNED, signed_at: Date.now(), note }).execute()
      await pinCheckpoint(database.logKey, note)
    })

    const store = await database.open()
    expect(await store.db.selectFrom('audit_queue').selectAll().execute()).toHaveLength(WAITING)
    await appendOne(store, 'ana')
    const log = await openLog(store, database.logKey)
    await appendOne(log.store, 'ben')
    const now = await log.sign()
    expect(now.size).toBe(PLACED + WAITING + 2)
    expect(await verifyLog(store.db, key, { others: [{ note, label: 'before' }] })).toMatchObject({
      entries: now.size,
      waiting: 0,
    })

    const before = { size: SIGNED, root: referenceTree(leaves).root(SIGNED) }
    const proof = await consistencyProof(store.db, before.size, now.size)
    const claim = { from: before.size, to: now.size, fromRoot: before.root, toRoot: now.root, proof }
    expect(isConsistent(claim)).toBe(true)
    const indexes = [0, 255, 256, 511, 512, SIGNED - 1]
    const proofs = await inclusionProofs(store.db, indexes, SIGNED)
    for (const [at, index] of indexes.entries())
      expect(
        isIncluded({ index, leaf: leaves[index] as Buffer, ...before, proof: proofs[at] ?? [] }),
        String(index),
      ).toBe(true)
    await log.close()
    await store.close()
    await database.close()
  })
})

it('a tree of three levels of tiles is converted and goes on growing', { timeout: 120_000 }, async () => {
  const database = await createDatabase('sqlite')
  const SIZE = 256 * 256 - 700
  const LATER = 1_000
  const leaves = Array.from({ length: SIZE + LATER }, () => randomBytes(32))
  await createEarlierDatabase<EarlierDatabase>('sqlite', database.url, LAST, async (db) => {
    const tree = growingTree()
    const nodes = leaves.slice(0, SIZE).flatMap((leaf) => tree.add(leaf))
    for (let at = 0; at < SIZE; at += BATCH) {
      const rows = leaves.slice(at, Math.min(SIZE, at + BATCH)).map((hash, n) => ({ index: at + n, hash }))
      await db
        .insertInto('audit_leaf')
        .values(rows.map((row) => ({ ...row, seq: row.index + 1, count: null })))
        .execute()
    }
    await insertNodes(db, nodes)
  })
  const store = await database.open()
  const reference = referenceTree(leaves)
  expect(Buffer.from(await rootAt(store.db, SIZE))).toEqual(reference.root(SIZE))
  for (let at = SIZE; at < leaves.length; at += 50) {
    const more = leaves
      .slice(at, at + 50)
      .map((leaf, n) => ({ seq: at + n + 1, patient: null, hash: () => leaf }))
    await store.write((trx) => placeEntries(trx, more, at))
  }
  for (const size of [SIZE, 65_535, 65_536, 65_537, leaves.length]) {
    expect(Buffer.from(await rootAt(store.db, size)), String(size)).toEqual(reference.root(size))
    const indexes = [0, 300, 65_000, size - 1]
    const proofs = await inclusionProofs(store.db, indexes, size)
    for (const [at, index] of indexes.entries())
      expect(
        proofs[at]?.map((hash) => Buffer.from(hash)),
        `${index} of ${size}`,
      ).toEqual(reference.inclusion(index, size))
    const proof = await consistencyProof(store.db, 1_000, size)
    expect(proof.map((hash) => Buffer.from(hash))).toEqual(reference.consistency(1_000, size))
  }
  await store.close()
  await database.close()
})
