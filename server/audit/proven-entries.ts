import type { Db } from '../store/schema.ts'
import { eventText } from './stored-event.ts'
import { inclusionProofs } from './stored-tree.ts'

/** An entry with the proof that it is in the log. */
export interface ProvenEntry {
  readonly id: string
  /** The AuditEvent, as the FHIR API serves it. */
  readonly json: string
  readonly proof: EntryProof
}

/** See docs/access-log.md. `salt` is absent in an erased entry, `count` in an entry about no patient. */
interface EntryProof {
  readonly index: number
  readonly salt?: string
  readonly count?: number
  readonly proof: readonly string[]
  /** Only in an erased entry: the id of the erasure that commits to it, and the nonce that opens its commitment. */
  readonly erased?: { readonly by: string; readonly nonce: string }
}

/**
 * Returns the entries that are among the first `size` of the log, with their proofs, in the order of the log.
 *
 * @param seqs a hundred at most.
 * @throws MissingNode, NotCanonical
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
    .leftJoin('audit_erasure', 'audit_erasure.seq', 'audit_event.seq')
    .leftJoin('audit_event as erasure', 'erasure.seq', 'audit_erasure.erasure')
    .select(['audit_event.id', 'audit_event.json', 'audit_event.salt', 'index', 'count'])
    .select(['erasure.id as by', 'nonce'])
    .where('audit_event.seq', 'in', seqs)
    .where('index', '<', size)
    .orderBy('index')
    .execute()
  const proofs = await inclusionProofs(
    db,
    rows.map(({ index }) => index),
    size,
  )
  return rows.map(({ id, json, salt, index, count, by, nonce }, at) => ({
    id,
    json: eventText(json),
    proof: {
      index,
      ...(salt && { salt: Buffer.from(salt).toString('base64url') }),
      ...(count !== null && { count }),
      proof: (proofs[at] ?? []).map((hash) => Buffer.from(hash).toString('base64')),
      ...(!salt &&
        by !== null &&
        nonce && { erased: { by, nonce: Buffer.from(nonce).toString('base64url') } }),
    },
  }))
}

/**
 * Returns the erasures that are among the first `size` of the log, with their proofs. They name no patient, so a reader of an
 * erased entry may see them.
 *
 * @param ids of erasures, a hundred at most.
 * @throws MissingNode, NotCanonical
 */
export const proveErasures = async (
  db: Db,
  ids: readonly string[],
  size: number,
): Promise<readonly ProvenEntry[]> => {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('audit_event')
    .select('seq')
    .where('id', 'in', ids)
    .where('subtype', '=', 'erasure')
    .where('patient', 'is', null)
    .execute()
  const seqs = rows.map(({ seq }) => seq)
  return proveEntries(db, seqs, size)
}

/** Returns the ids of the erasures that commit to the entries, each once. */
export const erasuresOf = (entries: readonly ProvenEntry[]): string[] => [
  ...new Set(entries.flatMap(({ proof: { erased } }) => erased?.by ?? [])),
]
