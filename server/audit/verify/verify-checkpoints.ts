import type { AuditEvent } from '@medplum/fhirtypes'
import { sql } from 'kysely'
import type { Db } from '../../store/schema.ts'
import {
  type Checkpoint,
  CheckpointRefused,
  type NoteKey,
  openCheckpoint,
  parseCheckpoint,
} from '../checkpoint/checkpoint.ts'
import { isSigned } from '../checkpoint/signed-entry.ts'
import { columnsOf } from '../entry/columns.ts'
import { Finding, faultOfReading } from '../entry/finding.ts'
import { openEvent } from '../entry/stored-event.ts'

/** A checkpoint that does not come from the database. */
export interface OutsideCheckpoint {
  readonly note: string
  /** What a finding calls it: the file or person that the note came from. */
  readonly label: string
}

/** A root whose signature is valid. */
export interface KnownRoot extends Pick<Checkpoint, 'size' | 'root'> {
  /** What a finding calls it. */
  readonly label: string
}

/** Opens a checkpoint from outside the database. @throws Finding when it is not one of this log. */
export const openOutside = async (
  db: Db,
  { note, label }: OutsideCheckpoint,
  key: NoteKey,
): Promise<KnownRoot> => {
  const { origin } = asFinding(label, () => parseCheckpoint(note))
  // The log may have had another address when the checkpoint was signed.
  const row = await db
    .selectFrom('audit_checkpoint')
    .select('key')
    .where(sql`substr(note, 1, ${origin.length + 1})`, '=', `${origin}\n`)
    .limit(1)
    .executeTakeFirst()
  if (!row)
    throw new Finding('forged checkpoint', `${label} is not valid: its origin ${origin} is not this log's.`)
  return { ...asFinding(label, () => openCheckpoint(note, key)), label }
}

/**
 * Opens the checkpoints in the database over more than `after` and up to `until` entries.
 *
 * @param range.later excludes the checkpoints up to this one, in the order of signing.
 * @throws Finding at the first that is not valid.
 */
export const openStored = async (
  db: Db,
  { after, until, later }: { after: number; until: number; later: number },
  key: NoteKey,
): Promise<KnownRoot[]> => {
  const rows = await db
    .selectFrom('audit_checkpoint')
    .select(['key', 'size', 'signed_at', 'note'])
    .where('size', '>', after)
    .where('size', '<=', until)
    .where('key', '>', later)
    .orderBy('size')
    .orderBy('key')
    .execute()
  return rows.map(({ key: number, size, signed_at, note }) => {
    const row = `checkpoint ${number} in the database`
    const label = asFinding(row, () => `${row}, of ${new Date(signed_at).toISOString()}`)
    const checkpoint = asFinding(label, () => openCheckpoint(note, key))
    if (checkpoint.size !== size)
      throw new Finding(
        'forged checkpoint',
        `${label} is stored with a size of ${size}, but its note says ${checkpoint.size}.`,
      )
    return { ...checkpoint, label }
  })
}

interface Rollback {
  /** The place of its entry. */
  readonly index: number
  /** In milliseconds since 1970. */
  readonly recorded: number
  /** The last checkpoint that was in the database then; those up to it are not compared any more. */
  readonly checkpoint: number
}

/** The detail that holds the checkpoint of a rollback. */
export const LAST_CHECKPOINT = 'checkpoint'

/** Where and when the log was last set back on purpose, according to the log's own signed entry about it. */
export const lastRollback = async (db: Db, key: NoteKey): Promise<Rollback | undefined> => {
  const rows = await db
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .select(['json', 'index'])
    .where('subtype', '=', 'rollback')
    .orderBy('audit_event.seq', 'desc')
    .execute()
  for (const { json, index } of rows) {
    const event = openRollback(json, index, key)
    if (event) return { index, recorded: columnsOf(event).recorded, checkpoint: checkpointOf(event) }
  }
  return undefined
}

const checkpointOf = ({ entity = [] }: AuditEvent): number =>
  Number(
    entity.flatMap(({ detail = [] }) => detail).find(({ type }) => type === LAST_CHECKPOINT)?.valueString ??
      0,
  )

/** An entry that is not in canonical JSON says nothing; `audit:verify` names it later. */
const openRollback = (json: string, index: number, key: NoteKey): AuditEvent | undefined => {
  try {
    const event = openEvent(json)
    return columnsOf(event).subtype === 'rollback' && isSigned(event, index, key) ? event : undefined
  } catch {
    return undefined
  }
}

const asFinding = <T>(label: string, open: () => T): T => {
  try {
    return open()
  } catch (error) {
    if (error instanceof CheckpointRefused)
      throw new Finding('forged checkpoint', `${label} is not valid: ${error.message}`)
    throw faultOfReading(error, label)
  }
}
