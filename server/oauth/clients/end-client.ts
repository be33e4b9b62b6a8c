import type { Db } from '../../store/schema.ts'

/** The models of access whose records name their application only in the payload. */
const ACCESS_MODELS = ['Grant', 'ClientCredentials', 'Interaction', 'Launch'] as const
type OwnedModel = (typeof ACCESS_MODELS)[number] | 'RegistrationAccessToken'

export interface EndedClient {
  /** Its metadata, as JSON. */
  readonly payload: string
  readonly endedConsents: number
}

/**
 * Deletes an application with its tokens and pending authorizations and ends its consents, so that a later registration
 * under the same Client ID inherits nothing.
 *
 * @returns its metadata as JSON and the number of ended consents; `undefined` if there is no such application.
 */
export const endClient = async (trx: Db, clientId: string, now: number): Promise<EndedClient | undefined> => {
  const client = await trx
    .deleteFrom('oauth_record')
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .returning('payload')
    .executeTakeFirst()
  if (!client) return undefined
  await trx.deleteFrom('client_origin').where('client_id', '=', clientId).execute()
  const endedConsents = await endAccess(trx, clientId, now)
  await deleteOwned(trx, clientId, ['RegistrationAccessToken'])
  return { ...client, endedConsents }
}

/**
 * Disables or enables an application. Disabling ends its consents and deletes its tokens and pending authorizations; enabling
 * brings nothing back.
 *
 * @returns its metadata as JSON and the number of ended consents; `undefined` if there is none in the other state.
 */
export const setDisabled = async (
  trx: Db,
  clientId: string,
  disabled: boolean,
  now: number,
): Promise<EndedClient | undefined> => {
  const client = await trx
    .updateTable('oauth_record')
    .set({ disabled_at: disabled ? now : null })
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .where('disabled_at', disabled ? 'is' : 'is not', null)
    .returning('payload')
    .executeTakeFirst()
  return client && { ...client, endedConsents: disabled ? await endAccess(trx, clientId, now) : 0 }
}

/** Ends the consents of an application and deletes its tokens and pending authorizations. @returns the number of consents. */
const endAccess = async (trx: Db, clientId: string, now: number): Promise<number> => {
  const grants = trx.selectFrom('consent').select('grant_id').where('client_id', '=', clientId)
  await trx.deleteFrom('oauth_record').where('grant_id', 'in', grants).execute()
  const { numUpdatedRows } = await trx
    .updateTable('consent')
    .set({ revoked_at: now })
    .where('client_id', '=', clientId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  await deleteOwned(trx, clientId, ACCESS_MODELS)
  return Number(numUpdatedRows)
}

/** Deletes an application's records of these models. */
const deleteOwned = async (trx: Db, clientId: string, models: readonly OwnedModel[]): Promise<void> => {
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
const ownerOf = (payload: string): string | undefined => {
  const { clientId, params } = JSON.parse(payload) as { clientId?: string; params?: { client_id?: string } }
  return clientId ?? params?.client_id
}
