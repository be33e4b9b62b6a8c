import type { Insertable } from 'kysely'
import { AlreadyTaken } from '../../grants/stored-id.ts'
import type { Db, OauthRecordTable } from '../../store/schema.ts'
import { findUnitOfWork } from './unit-of-work.ts'

/** The engine's model for an application. The engine writes one only for a request from the network. */
export const CLIENT = 'Client'

/** Remembers the first read of a record in this request; a later write is compared with it. */
export const rememberRead = (key: string, payload: string): void => {
  const texts = findUnitOfWork()?.readTexts
  if (texts && !texts.has(key)) texts.set(key, payload)
}

/**
 * Stores a pending authorization or an application by compare-and-set: it must be new, or unchanged since this request read it.
 * Of concurrent requests that change it, in any process, only one succeeds.
 *
 * @throws AlreadyTaken when another request changed or deleted it.
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

/**
 * Deletes a pending authorization if it is unchanged since this request read it: the engine may complete each only once.
 *
 * @throws AlreadyTaken when another request changed or deleted it.
 */
export const deleteCompared = async (
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
