import type { AuditEvent } from '@medplum/fhirtypes'
import type { Db } from '../store/schema.ts'

/** An entry as it was written. */
interface WrittenEntry {
  readonly id: string
  readonly event: AuditEvent
  readonly salt: Uint8Array
}

/** Most entries that a process remembers of each database. */
const MOST = 1_000

/** Entries that this process wrote and that wait for their place, by id. The key is the dialect adapter, as in `place-entries.ts`. */
const written = new WeakMap<object, Map<string, WrittenEntry>>()

const entriesOf = (db: Db): Map<string, WrittenEntry> => {
  const { adapter } = db.getExecutor()
  const entries = written.get(adapter) ?? new Map<string, WrittenEntry>()
  written.set(adapter, entries)
  return entries
}

/** Remembers an entry, so that the sequencer of this process need not read and parse it. */
export const rememberEntry = (db: Db, entry: WrittenEntry): void => {
  const entries = entriesOf(db)
  entries.set(entry.id, entry)
  // Another process has probably placed the oldest one.
  const [oldest] = entries.keys()
  if (entries.size > MOST && oldest !== undefined) entries.delete(oldest)
}

/** Returns an entry and forgets it: whoever places it changes its event. */
export const takeEntry = (db: Db, id: string): WrittenEntry | undefined => {
  const entries = entriesOf(db)
  const entry = entries.get(id)
  entries.delete(id)
  return entry
}
