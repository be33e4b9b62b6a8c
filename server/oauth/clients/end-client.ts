import type { Db } from '../../store/schema.ts'

/** The models whose records name their application only in the payload. */
const OWNED_MODELS = [
  'Grant',
  'RegistrationAccessToken',
  'ClientCredentials',
  'Interaction',
  'Launch',
] as const
type OwnedModel = (typeof OWNED_MODELS)[number]

/**
 * Deletes an application with its tokens and pending authorizations and ends its consents, so that a later registration
 * under the same Client ID inherits nothing.
 *
 * @returns its metadata as JSON and the number of ended consents; `undefined` if there is no such application.
 */
export const endClient = async (
  trx: Db,
  clientId: string,
  now: number,
): Promise<{ payload: string; endedConsents: number } | undefined> => {
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
  await deleteOwned(trx, clientId, OWNED_MODELS)
  return { ...client, endedConsents: Number(numUpdatedRows) }
}

/** Deletes an application's records of these models. */
export const deleteOwned = async (
  trx: Db,
  clientId: string,
  models: readonly OwnedModel[],
): Promise<void> => {
  const rows = await trx
    .selectFrom('oauth_record')
    .select(['model', 'id', 'payload'])
    .where('model', 'in', models)
    // A rough match in the database; `ownerOf` then decides exactly.
    .where('payload', 'like', `%${clientId}%`)
    .execute()
  for (const { model, id } of rows.filter(({ payload }) => ownerOf(payload) === clientId))
    await trx.deleteFrom('oauth_record').where('model', '=', model).where('id', '=', id).execute()
}

/** Returns the Client ID in a payload of one of these models. */
export const ownerOf = (payload: string): string | undefined => {
  const { clientId, params } = JSON.parse(payload) as { clientId?: string; params?: { client_id?: string } }
  return clientId ?? params?.client_id
}
