import { type RawBuilder, sql } from 'kysely'
import type { Database, Db } from '../../store/schema.ts'
import { LARGEST_NUMBER } from '../entry/entry-limits.ts'
import { Finding } from '../entry/finding.ts'
import { lastCount } from '../tree/patient-counts.ts'
import { rebuildTile } from '../tree/tiles.ts'
import { strayTiles } from './stray-tiles.ts'

/** A table of the log, where entries are read, by a check as by a person. */
export type LogTable = Extract<keyof Database, `audit_${string}`>

/** Rows of a table that no writing of the log leaves behind, so somebody else wrote them. */
interface StrayRows {
  readonly columns: readonly string[]
  /** @param from the log was checked up to this place; 0 if it was not. */
  readonly where: (from: number) => RawBuilder<unknown>
  /** @param row the columns in their order. The sentence names no patient: anybody reads it at `B/readyz`. */
  readonly finding: (...row: unknown[]) => Finding
}

/**
 * Which rows no table of the log may hold. What stands in the rows of entries, leaves, tiles and checkpoints is compared as well
 * (`verify-log.ts`). Rows also decide how the log goes on: each of these would stop it, or give a later entry a false number.
 */
const STRAY: Readonly<Record<LogTable, StrayRows>> = {
  audit_event: {
    columns: ['id', 'seq'],
    where: () => sql`seq < 1 or seq > ${sql.lit(LARGEST_NUMBER)}`,
    finding: (id, seq) =>
      new Finding(
        'reordered',
        `AuditEvent/${id} (written as ${seq}) has a number that no list of the log reaches.`,
      ),
  },
  audit_leaf: {
    columns: ['index'],
    where: () => sql`"index" < 0`,
    finding: (index) => new Finding('inserted', `a place ${index} of the log stands before the first one.`),
  },
  audit_checkpoint: {
    columns: ['key'],
    // A size that is no number would be in no range of those that are opened.
    where: () => sql`"key" < 1 or not (size between 0 and ${sql.lit(Number.MAX_SAFE_INTEGER)})`,
    finding: (key) =>
      new Finding(
        'forged checkpoint',
        `checkpoint ${key} in the database has a number that no server gives.`,
      ),
  },
  // A subquery that is compared, because EXISTS could be planned as a scan of all entries.
  audit_queue: {
    columns: ['seq', '(select "index" from audit_leaf where audit_leaf.seq = audit_queue.seq)'],
    where: () => sql`(select audit_event.seq from audit_event where audit_event.seq = audit_queue.seq) is null
      or (select audit_leaf.seq from audit_leaf where audit_leaf.seq = audit_queue.seq) is not null`,
    finding: (seq, index) =>
      index === null
        ? new Finding(
            'removed',
            `the queue names an entry written as ${seq}, which does not exist: it was deleted, or somebody added that row.`,
          )
        : new Finding(
            'inserted',
            `the queue names entry ${index}, which has its place: somebody added that row.`,
          ),
  },
  audit_tile: {
    columns: ['level', 'index'],
    where: strayTiles,
    finding: (level, index) =>
      new Finding(
        'edited',
        `the stored tile ${index} of level ${level} holds more or fewer hashes than the tree has there.`,
      ),
  },
  audit_patient: {
    columns: ['entries'],
    where: () => sql`(select 1 from audit_event join audit_leaf on audit_leaf.seq = audit_event.seq
      where audit_event.patient = audit_patient.patient limit 1) is null`,
    finding: (entries) =>
      new Finding('inserted', `${entries} entries were counted about a patient about whom there is none.`),
  },
  audit_erasure: {
    columns: ['seq'],
    where: () => sql`(select audit_event.seq from audit_event
      where audit_event.seq = audit_erasure.seq and audit_event.salt is null) is null`,
    finding: (seq) =>
      new Finding('inserted', `an erasure is stored for the entry written as ${seq}, which is not erased.`),
  },
}

export const LOG_TABLES = Object.keys(STRAY) as readonly LogTable[]

/**
 * Checks that every table of the log holds only rows that it may hold. Each is one statement, because the log may grow meanwhile.
 *
 * @param from tiles over entries before this place are not looked at.
 * @throws Finding
 */
export const verifyRows = async (db: Db, from: number): Promise<void> => {
  for (const table of LOG_TABLES) {
    const { columns, where, finding } = STRAY[table]
    const selected = columns.map(
      (column, at) =>
        sql`${column.startsWith('(') ? sql.raw(column) : sql.ref(column)} as ${sql.ref(`c${at}`)}`,
    )
    const { rows } = await sql<
      Record<string, unknown>
    >`select ${sql.join(selected)} from ${sql.table(table)} where ${where(from)} limit 1`.execute(db)
    const [row] = rows
    if (row) throw finding(...columns.map((_, at) => row[`c${at}`]))
  }
}

/** From these, nothing is lost with a stray row: all that they may hold follows from the entries and leaves, or is gone. */
const DERIVED = ['audit_queue', 'audit_patient', 'audit_erasure', 'audit_tile'] as const

/** Once the operator has accepted the log as it is: removes what would be found again each time. */
export const removeStrayRows = async (trx: Db): Promise<void> => {
  const { rows: tiles } = await sql<
    Record<'level' | 'index', number>
  >`select level, "index" from audit_tile where ${strayTiles(0)} order by level`.execute(trx)
  for (const table of DERIVED)
    await sql`delete from ${sql.table(table)} where ${STRAY[table].where(0)}`.execute(trx)
  // Level 0 can be read from the leaves; the levels above it must be rebuilt.
  for (const { level, index } of tiles)
    if (level > 0 && index >= 0) await rebuildTile(trx, { level: Number(level), index: Number(index) })
  await trx
    .updateTable('audit_patient')
    .set({ entries: lastCount })
    .where('entries', '<>', lastCount)
    .execute()
}
