import type { Db } from '../../store/schema.ts'

/** What belongs to an application and says so in its payload alone. */
const OWNED = ['Grant', 'RegistrationAccessToken', 'ClientCredentials', 'Interaction', 'Launch'] as const
type Owned = (typeof OWNED)[number]

/**
 * Takes an application out, with all that it was given or had begun: whoever registers one under its Client ID again
 * finds nothing of it left.
 *
 * @returns what it was registered with, as JSON, and how many people's consents ended; `undefined` where there is none.
 */
export const endClient = async (
  trx: Db,
  clientId: string,
  now: number,
): Promise<{ payload: string; ended: number } | undefined> => {
  const client = await trx
    .deleteFrom('oauth_record')
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .returning('payload')
    .executeTakeFirst()
  if (!client) return undefined
  const grants = trx.selectFrom('consent').select('grant_id').where('client_id', '=', clientId)
  await trx.deleteFrom('oauth_record').where('grant_id', 'in', grants).execute()
  const { numUpdatedRows } = await trx
    .updateTable('consent')
    .set({ revoked_at: now })
    .where('client_id', '=', clientId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  await takeOwned(trx, clientId, OWNED)
  return { ...client, ended: Number(numUpdatedRows) }
}

/** Deletes what an application has of these kinds. */
export const takeOwned = async (trx: Db, clientId: string, models: readonly Owned[]): Promise<void> => {
  const rows = await trx
    .selectFrom('oauth_record')
    .select(['model', 'id', 'payload'])
    .where('model', 'in', models)
    // The database looks no closer.
    .where('payload', 'like', `%${clientId}%`)
    .execute()
  for (const { model, id } of rows.filter(({ payload }) => ownerOf(payload) === clientId))
    await trx.deleteFrom('oauth_record').where('model', '=', model).where('id', '=', id).execute()
}

/** The Client ID that a payload of one of these kinds names. */
export const ownerOf = (payload: string): string | undefined => {
  const { clientId, params } = JSON.parse(payload) as { clientId?: string; params?: { client_id?: string } }
  return clientId ?? params?.client_id
}
