import type { Insertable } from 'kysely'
import { AlreadyTaken } from '../../grants/already-taken.ts'
import type { Db, OauthRecordTable } from '../../store/schema.ts'
import { findUnitOfWork } from './unit-of-work.ts'

/** The first reading counts: what is written is compared with what was known when the request began. */
export const rememberRead = (key: string, payload: string): void => {
  const read = findUnitOfWork()?.read
  if (read && !read.has(key)) read.set(key, payload)
}

/**
 * Keeps an authorization under way, or an application, by compare-and-set: a new one, or one that is as this request has
 * read it. Of all who sign in, pick, decide or change it at once, on every process, one goes through.
 */
export const putCompared = async (
  trx: Db,
  row: Insertable<OauthRecordTable>,
  before: string | undefined,
): Promise<void> => {
  if (before === undefined) {
    await trx.insertInto('oauth_record').values(row).execute()
    return
  }
  const { numUpdatedRows } = await trx
    .updateTable('oauth_record')
    .set(row)
    .where('model', '=', row.model)
    .where('id', '=', row.id)
    .where('payload', '=', before)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new AlreadyTaken(row.model)
}

/** Ends an authorization under way, if it is as this request has read it: the engine goes on with each once. */
export const takeCompared = async (
  trx: Db,
  { model, id }: { model: string; id: string },
  before: string | undefined,
): Promise<void> => {
  const { numDeletedRows } = await trx
    .deleteFrom('oauth_record')
    .where('model', '=', model)
    .where('id', '=', id)
    .where('payload', '=', before ?? '')
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new AlreadyTaken(model)
}
