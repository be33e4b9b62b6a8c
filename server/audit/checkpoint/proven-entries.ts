import type { Db } from '../../store/schema.ts'
import { openEvents } from '../entry/stored-event.ts'
import { inclusionProofs } from '../tree/stored-tree.ts'

/** The proof that an entry is in the log. */
interface ProvenEntry {
  readonly id: string
  readonly proof: EntryProof
}

export interface ProvenEvent extends ProvenEntry {
  /** The AuditEvent, as the FHIR API serves it. */
  readonly json: string
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
 * Returns the proofs of the entries that are among the first `size` of the log, in the order of the log. Does not read the entries
 * themselves.
 *
 * @param seqs a hundred at most.
 * @throws MissingNode
 */
export const proveEntries = async (
  db: Db,
  seqs: readonly number[],
  size: number,
): Promise<readonly ProvenEntry[]> =>
  seqs.length === 0 ? [] : withProofs(db, await provable(db, seqs, size).execute(), size)

/** As `proveEntries`, with the entries, which are read in the same statement. @throws MissingNode, NotCanonical */
export const proveEvents = async (
  db: Db,
  seqs: readonly number[],
  size: number,
): Promise<readonly ProvenEvent[]> => {
  if (seqs.length === 0) return []
  const rows = await provable(db, seqs, size).select('audit_event.json').execute()
  const entries = await withProofs(db, rows, size)
  const events: ProvenEvent[] = []
  for await (const [{ json }] of openEvents(rows)) {
    const entry = entries[events.length]
    if (entry) events.push({ ...entry, json })
  }
  return events
}

const provable = (db: Db, seqs: readonly number[], size: number) =>
  db
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .leftJoin('audit_erasure', 'audit_erasure.seq', 'audit_event.seq')
    .leftJoin('audit_event as erasure', 'erasure.seq', 'audit_erasure.erasure')
    .select(['audit_event.id', 'audit_event.salt', 'index', 'count'])
    .select(['erasure.id as by', 'nonce'])
    .where('audit_event.seq', 'in', seqs)
    .where('index', '<', size)
    .orderBy('index')

type ProvableRow = Awaited<ReturnType<ReturnType<typeof provable>['execute']>>[number]

/** Returns the rows in their order, each with its proof. */
const withProofs = async (db: Db, rows: readonly ProvableRow[], size: number): Promise<ProvenEntry[]> => {
  const proofs = await inclusionProofs(
    db,
    rows.map(({ index }) => index),
    size,
  )
  return rows.map(({ id, salt, index, count, by, nonce }, at) => ({
    id,
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
): Promise<readonly ProvenEvent[]> => {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('audit_event')
    .select('seq')
    .where('id', 'in', ids)
    .where('subtype', '=', 'erasure')
    .where('patient', 'is', null)
    .execute()
  const seqs = rows.map(({ seq }) => seq)
  return proveEvents(db, seqs, size)
}

/** Returns the ids of the erasures that commit to the entries, each once. */
export const erasuresOf = (entries: readonly ProvenEntry[]): string[] => [
  ...new Set(entries.flatMap(({ proof: { erased } }) => erased?.by ?? [])),
]
