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
  /** Where it comes from, for who reads what is wrong. */
  readonly from: string
}

/** A checkpoint whose signature holds. */
export interface Signed extends Checkpoint {
  readonly from: string
}

/** @throws Finding when it is not one of this log. */
export const openOther = async (
  db: Db,
  { note, from }: OtherCheckpoint,
  key: NoteKey | undefined,
): Promise<Signed> => {
  const { origin } = refusing(from, () => parseCheckpoint(note))
  // The log may have had another address when it was signed.
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
 * Of the checkpoints that the database keeps, those over more than `after` entries, up to `until`.
 *
 * @param range.since leaves out what was signed before.
 * @throws Finding at one that does not hold.
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

/** When the log was last set back on purpose; an entry that has its place in it says so. */
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
