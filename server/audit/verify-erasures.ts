import type { Db } from '../store/schema.ts'
import { commitmentOf, type Erasure, erasureIn } from './erasure.ts'
import { Finding, nameOf } from './finding.ts'
import { hashOfEntry } from './leaf.ts'
import { openEvent } from './stored-event.ts'

/** Entries without a salt, and the erasures in the log that commit to them. */
interface ErasedEntries {
  /** @throws Finding when no erasure in the log commits to the entry. @returns whether the operator confirmed it afterwards. */
  require(entry: { readonly index: number; readonly seq: number; readonly id: string | null }): boolean
}

/** Reads the erasures that commit to these entries. @param seqs of entries without a salt. */
export const findErasures = async (db: Db, seqs: readonly number[]): Promise<ErasedEntries> => {
  const rows = seqs.length === 0 ? [] : await erasuresOf(db, seqs)
  const erasures = new Map<number, Erasure | undefined>()
  for (const { erasure, json, salt, count, hash } of rows)
    if (!erasures.has(erasure)) erasures.set(erasure, readErasure({ json, salt, count, hash }))
  const bySeq = new Map(rows.map((row) => [row.seq, row]))
  return {
    require: (entry) => {
      const row = bySeq.get(entry.seq)
      const erasure = row && erasures.get(row.erasure)
      if (
        row &&
        erasure?.commitments.has(commitmentOf(row.nonce, entry.index)) &&
        // An erasure only covers entries placed before it, never later ones.
        row.place > entry.index
      )
        return erasure.confirmed
      throw new Finding(
        'blanked',
        `${nameOf(entry)} lost its personal values, and no erasure in the log covers it. If an older version of Carekey erased it, confirm that with "npm run admin -- log confirm-erasures"; the log then records it.`,
      )
    },
  }
}

const erasuresOf = (db: Db, seqs: readonly number[]) =>
  db
    .selectFrom('audit_erasure')
    .innerJoin('audit_event', 'audit_event.seq', 'audit_erasure.erasure')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_erasure.erasure')
    .select(['audit_erasure.seq', 'erasure', 'nonce', 'audit_leaf.index as place'])
    .select(['json', 'salt', 'count', 'hash'])
    .where('audit_erasure.seq', 'in', seqs)
    .execute()

/** Reads an erasure; `undefined` if it is not the entry in the log, or was itself erased. */
const readErasure = ({
  json,
  salt,
  count,
  hash,
}: {
  json: string
  salt: Uint8Array | null
  count: number | null
  hash: Uint8Array
}): Erasure | undefined => {
  try {
    return salt !== null && hashOfEntry({ json, salt, count }).equals(hash)
      ? erasureIn(openEvent(json))
      : undefined
  } catch {
    return undefined
  }
}
