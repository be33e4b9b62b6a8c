import type { Db } from '../store/schema.ts'
import { inclusionProofs } from './stored-tree.ts'

/** An entry with what proves that it is in the log; bytes as they are sent. */
export interface ProvenEntry {
  readonly id: string
  /** The AuditEvent, as the FHIR API serves it. */
  readonly json: string
  readonly proof: EntryProof
}

/** docs/access-log.md. `salt` is absent where what is personal was erased, `count` in an entry about no patient. */
export interface EntryProof {
  readonly index: number
  readonly salt?: string
  readonly count?: number
  readonly proof: readonly string[]
}

/**
 * Of these entries, those that are among the first `size` of the log, in the order of the log.
 *
 * @param seqs a hundred at most.
 * @throws MissingNode
 */
export const proveEntries = async (
  db: Db,
  seqs: readonly number[],
  size: number,
): Promise<readonly ProvenEntry[]> => {
  if (seqs.length === 0) return []
  const rows = await db
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .select(['id', 'json', 'salt', 'index', 'count'])
    .where('audit_event.seq', 'in', seqs)
    .where('index', '<', size)
    .orderBy('index')
    .execute()
  const proofs = await inclusionProofs(
    db,
    rows.map(({ index }) => index),
    size,
  )
  return rows.map(({ id, json, salt, index, count }, at) => ({
    id,
    json,
    proof: {
      index,
      ...(salt && { salt: Buffer.from(salt).toString('base64url') }),
      ...(count !== null && { count }),
      proof: (proofs[at] ?? []).map((hash) => Buffer.from(hash).toString('base64')),
    },
  }))
}
