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
  /** Absent if only its hash is known. */
  readonly note?: string
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
  return { ...asFinding(label, () => openCheckpoint(note, key)), label, note }
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
    return { ...checkpoint, label, note }
  })
}

interface Rollback {
  /** The place of its entry. */
  readonly index: number
  /** In milliseconds since 1970. */
  readonly recorded: number
  /** The last checkpoint that was in the database then; those up to it are not compared any more. */
  readonly checkpoint: number
  /** Another key signs from there on, because the one before is lost. */
  readonly isNewKey: boolean
}

/** The detail that holds the checkpoint of a rollback. */
export const LAST_CHECKPOINT = 'checkpoint'
/** The detail that says how the log differed from what was signed. */
export const DIFFERENCE = 'how'

/** Checks whether a difference is that another key signed. */
export const isOfKey = (difference: string | undefined): boolean =>
  difference === 'no-key' || difference === 'key'

/** Where and when the log was set back on purpose, according to the log's own signed entries about it, the newest first. */
export const findRollbacks = async (db: Db, key: NoteKey): Promise<Rollback[]> => {
  const rows = await db
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .select(['json', 'index'])
    .where('subtype', '=', 'rollback')
    .orderBy('audit_event.seq', 'desc')
    .execute()
  return rows.flatMap(({ json, index }) => {
    const event = openRollback(json, index, key)
    if (!event) return []
    const checkpoint = Number(detailOf(event, LAST_CHECKPOINT) ?? 0)
    const isNewKey = isOfKey(detailOf(event, DIFFERENCE))
    return [{ index, recorded: columnsOf(event).recorded, checkpoint, isNewKey }]
  })
}

const detailOf = ({ entity = [] }: AuditEvent, name: string): string | undefined =>
  entity.flatMap(({ detail = [] }) => detail).find(({ type }) => type === name)?.valueString

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
