import type { Db } from '../../store/schema.ts'
import { isCredible, type SigningKey } from '../checkpoint/signed-entry.ts'
import { Finding, nameOf } from '../entry/finding.ts'
import { hashOfEntry } from '../entry/leaf.ts'
import { openEvent } from '../entry/stored-event.ts'
import { commitmentOf, commitmentsIn } from '../erase/log-erasure.ts'

/** Entries without a salt, and the erasures in the log that commit to them. */
interface ErasedEntries {
  /** @throws Finding when no erasure in the log commits to the entry. */
  require(entry: { readonly index: number; readonly seq: number; readonly id: string | null }): void
}

/** Reads the erasures that commit to these entries. @param seqs of entries without a salt. */
export const findErasures = async (
  db: Db,
  seqs: readonly number[],
  key: SigningKey,
): Promise<ErasedEntries> => {
  const rows = seqs.length === 0 ? [] : await erasuresOf(db, seqs)
  const erasures = new Map<number, ReadonlySet<string> | undefined>()
  for (const row of rows) if (!erasures.has(row.erasure)) erasures.set(row.erasure, readErasure(row, key))
  const bySeq = new Map(rows.map((row) => [row.seq, row]))
  return {
    require: (entry) => {
      const row = bySeq.get(entry.seq)
      const commitments = row && erasures.get(row.erasure)
      if (
        row &&
        commitments?.has(commitmentOf(row.nonce, entry.index)) &&
        // An erasure only covers entries placed before it, never later ones.
        row.place > entry.index
      )
        return
      throw new Finding(
        'blanked',
        `${nameOf(entry)} lost its personal values, and no erasure in the log covers it.`,
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

type ErasureRow = Awaited<ReturnType<typeof erasuresOf>>[number]

/** Reads an erasure; `undefined` if it is not the entry in the log, or not as it was signed: an erased one is not. */
const readErasure = (
  { json, salt, count, hash, place }: ErasureRow,
  key: SigningKey,
): ReadonlySet<string> | undefined => {
  try {
    const event = openEvent(json)
    const isLogged = hashOfEntry({ json, salt, count }).equals(hash)
    return isLogged && isCredible(event, place, key) ? commitmentsIn(event) : undefined
  } catch {
    return undefined
  }
}
