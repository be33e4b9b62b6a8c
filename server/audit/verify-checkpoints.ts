import { sql } from 'kysely'
import type { Db } from '../store/schema.ts'
import {
  type Checkpoint,
  CheckpointRefused,
  type NoteKey,
  openCheckpoint,
  parseCheckpoint,
} from './checkpoint.ts'
import { Finding } from './finding.ts'

/** A checkpoint that does not come from the database. */
export interface OtherCheckpoint {
  readonly note: string
  /** Names the origin of the note in a finding's sentence. */
  readonly from: string
}

/** A checkpoint whose signature is valid. */
export interface Signed extends Checkpoint {
  readonly from: string
}

/** Opens a checkpoint from outside the database. @throws Finding when it is not one of this log. */
export const openOther = async (
  db: Db,
  { note, from }: OtherCheckpoint,
  key: NoteKey | undefined,
): Promise<Signed> => {
  const { origin } = refusing(from, () => parseCheckpoint(note))
  // The log may have had another address when the checkpoint was signed.
  const ours = await db
    .selectFrom('audit_checkpoint')
    .select('key')
    .where(sql`substr(note, 1, ${origin.length + 1})`, '=', `${origin}\n`)
    .limit(1)
    .executeTakeFirst()
  if (!ours)
    throw new Finding('forged checkpoint', `${from} does not hold: its origin ${origin} is not this log's.`)
  return { ...refusing(from, () => openCheckpoint(note, requireKey(key))), from }
}

/**
 * Opens the checkpoints in the database over more than `after` and up to `until` entries.
 *
 * @param range.since excludes older checkpoints.
 * @throws Finding at the first that is not valid.
 */
export const openKept = async (
  db: Db,
  { after, until, since }: { after: number; until: number; since: number },
  key: NoteKey | undefined,
): Promise<Signed[]> => {
  const rows = await db
    .selectFrom('audit_checkpoint')
    .select(['key', 'size', 'signed_at', 'note'])
    .where('size', '>', after)
    .where('size', '<=', until)
    .where('signed_at', '>=', since)
    .orderBy('size')
    .orderBy('key')
    .execute()
  return rows.map(({ key: number, size, signed_at, note }) => {
    const from = `checkpoint ${number} in the database, of ${new Date(signed_at).toISOString()}`
    const checkpoint = refusing(from, () => openCheckpoint(note, requireKey(key)))
    if (checkpoint.size !== size)
      throw new Finding(
        'forged checkpoint',
        `${from} is kept as one over ${size} entries; it says ${checkpoint.size}.`,
      )
    return { ...checkpoint, from }
  })
}

/** Returns when the log was last set back on purpose, by the entry that states it and has a place. */
export const lastRollback = async (db: Db): Promise<number | undefined> => {
  const row = await db
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .select('recorded')
    .where('subtype', '=', 'rollback')
    .orderBy('audit_event.seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.recorded
}

const requireKey = (key: NoteKey | undefined): NoteKey => {
  if (!key)
    throw new Finding('forged checkpoint', 'there are checkpoints, but the key that signs them is missing.')
  return key
}

const refusing = <T>(from: string, open: () => T): T => {
  try {
    return open()
  } catch (error) {
    if (error instanceof CheckpointRefused)
      throw new Finding('forged checkpoint', `${from} does not hold: ${error.message}`)
    throw error
  }
}
