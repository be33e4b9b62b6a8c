import type { ClientMetadata } from 'oidc-provider'
import type { Db } from '../../store/schema.ts'
import { hashSecret } from '../account/password.ts'

/** Registers an application past the registration endpoint: a demo's own, or one an administrator adds at the terminal. */
export const putClient = async (trx: Db, metadata: ClientMetadata): Promise<void> => {
  const secret = metadata.client_secret
  const row = {
    model: 'Client',
    id: metadata.client_id,
    payload: JSON.stringify({ ...metadata, ...(secret && { client_secret: await hashSecret(secret) }) }),
    grant_id: null,
    account_id: null,
    uid: null,
    consumed_at: null,
    expires_at: null,
  }
  await trx
    .insertInto('oauth_record')
    .values(row)
    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(row))
    .execute()
}
