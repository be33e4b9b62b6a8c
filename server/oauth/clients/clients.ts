import type { Insertable } from 'kysely'
import type { ClientMetadata } from 'oidc-provider'
import { hashSecret } from '../../sign-in/password/password.ts'
import type { Db, OauthRecordTable } from '../../store/schema.ts'
import type { ClientRecord } from './client-policy.ts'
import { newGeneration } from './end-client.ts'
import type { ClientRow } from './list-clients.ts'
import { holdOwnName, putClientLookups } from './own-name.ts'

/** The Client IDs that an operator may choose. Real applications have theirs built in: often a word, a domain name or a URL. */
export const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._~:/-]{0,99}$/

/** Registers or replaces a demo's application, without the registration endpoint. @throws FhirError 503 for a secret. */
export const putClient = async (trx: Db, metadata: ClientMetadata): Promise<void> => {
  const row = await rowOf(metadata)
  await trx
    .insertInto('oauth_record')
    .values({ ...row, client_generation: newGeneration() })
    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(row))
    .execute()
  await putClientLookups(trx, row)
}

/**
 * Registers an application that an operator adds at the terminal.
 *
 * @returns false when its `client_id` is taken.
 * @throws InvalidClientMetadata when its name looks like that of another application, or shows not what it holds.
 */
export const insertClient = async (trx: Db, metadata: ClientMetadata): Promise<boolean> => {
  const row = await rowOf(metadata)
  await holdOwnName(trx, metadata as ClientRecord)
  const rows = await trx
    .insertInto('oauth_record')
    .values({ ...row, client_generation: newGeneration() })
    .onConflict((conflict) => conflict.columns(['model', 'id']).doNothing())
    .returning('id')
    .execute()
  if (rows.length === 0) return false
  await putClientLookups(trx, row)
  return true
}

/** Returns the stored metadata of an application as JSON, since when it is disabled, and its generation. */
export const findClientRow = async (db: Db, id: string): Promise<ClientRow | undefined> =>
  db
    .selectFrom('oauth_record')
    .select(['id', 'payload', 'disabled_at', 'client_generation'])
    .where('model', '=', 'Client')
    .where('id', '=', id)
    .executeTakeFirst()

export const findClientPayload = async (db: Db, id: string): Promise<string | undefined> =>
  (await findClientRow(db, id))?.payload

/** Returns the name of an application that is disabled. */
export const findDisabledName = async (db: Db, id: string): Promise<string | undefined> => {
  const row = await findClientRow(db, id)
  if (!row || row.disabled_at === null) return undefined
  return (JSON.parse(row.payload) as ClientMetadata).client_name ?? id
}

const rowOf = async (metadata: ClientMetadata): Promise<Insertable<OauthRecordTable>> => {
  const secret = metadata.client_secret
  return {
    model: 'Client',
    id: metadata.client_id,
    payload: JSON.stringify({ ...metadata, ...(secret && { client_secret: await hashSecret(secret) }) }),
  }
}
