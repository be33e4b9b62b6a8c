import type { Db } from '../../store/schema.ts'
import { dropIndexes } from './put-indexes.ts'

/** Rows that one statement deletes. Both engines accept this number of parameters. */
const BATCH = 500

/** Deletes resources and everything by which search finds them. @param keys of their rows. */
export const deleteResources = async (trx: Db, keys: readonly number[]): Promise<void> => {
  for (let at = 0; at < keys.length; at += BATCH) {
    const batch = keys.slice(at, at + BATCH)
    await dropIndexes(trx, batch)
    await trx.deleteFrom('resource').where('key', 'in', batch).execute()
  }
}
