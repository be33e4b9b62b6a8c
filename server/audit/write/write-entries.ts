import type { AuditEvent } from '@medplum/fhirtypes'
import { sql } from 'kysely'
import { endOf, type LastWrite } from '../../store/last-writes.ts'
import type { AuditEventTable, Db } from '../../store/schema.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import { compileRows } from '../../store/statements/compile-rows.ts'
import { hasherOf } from '../entry/leaf.ts'
import { placeEntries } from '../tree/place-entries.ts'
import { unplacedOf } from './written-entries.ts'

/** An entry that is not in the database yet. */
export interface NewEntry {
  readonly row: Omit<AuditEventTable, 'seq'> & { readonly salt: Uint8Array }
  /** The event of `row.json`. Placing the entry redacts it. */
  readonly event: AuditEvent
}

/**
 * Writes entries at the end of their transaction. Where nobody else can write meanwhile, they get their places in the tree at once;
 * otherwise they are queued for the sequencer, as they are behind others that still wait, because places have the order of writing.
 */
export const writeEntries: LastWrite<NewEntry> = async (trx, entries, isOnlyWriter) => {
  const [log] = isOnlyWriter ? await findEnd(trx, {}) : []
  if (!log || (log.last_event ?? 0) > (log.last_leaf ?? 0)) {
    await insertEvents(
      trx,
      entries.map(({ row }) => row),
    )
    endOf(trx).afterCommit(() => {
      const unplaced = unplacedOf(trx)
      for (const { row, event } of entries) unplaced?.add({ id: row.id, hash: hasherOf(event, row.salt) })
    })
    return
  }
  let seq = Math.max(log.last_event ?? 0, log.last_leaf ?? 0)
  const placed = entries.map(({ row, event }) => {
    seq += 1
    return { row: { ...row, seq }, leaf: { seq, patient: row.patient, hash: hasherOf(event, row.salt) } }
  })
  await placeEntries(
    trx,
    placed.map(({ leaf }) => leaf),
    (log.last_index ?? -1) + 1,
  )
  // The database queues each entry that has no place by then.
  await insertPlaced(
    trx,
    placed.map(({ row }) => row),
  )
}

/** Inserts an entry that waits for its place. @returns its `seq`. */
export const insertEntry = async (trx: Db, { row }: NewEntry): Promise<number> => {
  const [inserted] = await insertOne(trx, row)
  if (!inserted) throw new Error('The entry was not inserted.')
  return inserted.seq
}

const insertOne = compileOnce((trx, row: NewEntry['row']) =>
  trx.insertInto('audit_event').values(row).returning('seq'),
)

const insertEvents = compileRows((trx, rows: readonly NewEntry['row'][]) =>
  trx.insertInto('audit_event').values(rows),
)

const insertPlaced = compileRows((trx, rows: readonly (NewEntry['row'] & { readonly seq: number })[]) =>
  trx.insertInto('audit_event').values(rows),
)

/** The highest `seq` that was given out, the highest that has a place, and the last place. */
const findEnd = compileOnce((trx, _none: object) =>
  trx.selectNoFrom([
    sql<number | null>`(select max(seq) from audit_event)`.as('last_event'),
    sql<number | null>`(select max(seq) from audit_leaf)`.as('last_leaf'),
    sql<number | null>`(select max("index") from audit_leaf)`.as('last_index'),
  ]),
)
