import type { Db } from '../../store/schema.ts'
import { Finding } from '../entry/finding.ts'
import type { UnplacedEntries, WrittenEntry } from '../write/written-entries.ts'

/** Entries that one statement looks for. */
const AT_ONCE = 256

/**
 * Compares entries that this process wrote with what the log has now: another process may have placed them, from what the database held.
 * Forgets those that were signed.
 *
 * @param size of the newest checkpoint.
 * @throws Finding at the first that is not as it was written, or will never get a place.
 */
export const checkWritten = async (
  db: Db,
  unplaced: UnplacedEntries,
  { written, size }: { readonly written: readonly WrittenEntry[]; readonly size: number },
): Promise<void> => {
  for (let at = 0; at < written.length; at += AT_ONCE) {
    const entries = written.slice(at, at + AT_ONCE)
    const rows = new Map((await findEntries(db, entries)).map((row) => [row.id, row]))
    for (const { id, hash } of entries) {
      const row = rows.get(id)
      if (!row) throw new Finding('removed', `AuditEvent/${id}, which this server wrote, is gone.`)
      if (row.hash === null || row.index === null) {
        if (row.queued !== null) continue
        throw new Finding(
          'removed',
          `AuditEvent/${id}, which this server wrote, has no place in the log and is not waiting for one.`,
        )
      }
      if (!Buffer.from(row.hash).equals(hash(row.count)))
        throw new Finding('edited', `AuditEvent/${id} got its place as another entry than this server wrote.`)
      if (row.index < size) unplaced.forget(id)
    }
  }
}

const findEntries = (db: Db, entries: readonly WrittenEntry[]) =>
  db
    .selectFrom('audit_event')
    .leftJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .leftJoin('audit_queue', 'audit_queue.seq', 'audit_event.seq')
    .select(['audit_event.id', 'audit_leaf.index', 'audit_leaf.count', 'audit_leaf.hash'])
    .select('audit_queue.seq as queued')
    .where(
      'audit_event.id',
      'in',
      entries.map(({ id }) => id),
    )
    .execute()
