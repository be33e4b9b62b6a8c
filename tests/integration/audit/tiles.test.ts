import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { placeEntries } from '../../../server/audit/tree/place-entries.ts'
import { consistencyProof, inclusionProofs, rootAt } from '../../../server/audit/tree/stored-tree.ts'
import { referenceTree } from '../../fixtures/reference-tree.ts'
import { createDatabase } from '../../fixtures/store.ts'

it('a tree of three levels of tiles has the same roots and proofs as one of hashes', async () => {
  const database = await createDatabase('sqlite')
  const store = await database.open()
  const leaves = Array.from({ length: 256 * 256 + 300 }, () => randomBytes(32))
  const place = (from: number, to: number) =>
    store.write((trx) => {
      const entries = leaves.slice(from, to).map((leaf, n) => ({
        ...{ seq: from + n + 1, patient: null, hash: () => leaf },
      }))
      return placeEntries(trx, entries, from)
    })
  for (let at = 0; at < 65_000; at += 1_000) await place(at, at + 1_000)
  // Small batches, as a server writes them, over the edge of a tile of each level.
  for (let at = 65_000; at < leaves.length; at += 50) await place(at, at + 50)
  const reference = referenceTree(leaves)
  for (const size of [65_000, 65_535, 65_536, 65_537, leaves.length]) {
    expect(Buffer.from(await rootAt(store.db, size)), String(size)).toEqual(reference.root(size))
    const indexes = [0, 300, 64_999, size - 1]
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
