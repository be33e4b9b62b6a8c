import { randomBytes } from 'node:crypto'
import { AlreadyTaken } from '../../grants/stored-id.ts'
import { forgetUnticked } from '../../grants/unticked.ts'
import type { Db } from '../../store/schema.ts'

/** Returns a value for `OauthRecordTable.client_generation` that no application has or had. */
export const newGeneration = (): string => randomBytes(16).toString('base64url')

/**
 * Deletes an application. Whatever it had been given ends with its generation, which no later registration under the same Client ID
 * gets, however much that is: each look-up compares it. The sweep deletes it when it expires.
 *
 * @returns its metadata as JSON; `undefined` if there is no such application.
 */
export const endClient = async (trx: Db, clientId: string): Promise<string | undefined> => {
  const client = await trx
    .deleteFrom('oauth_record')
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .returning('payload')
    .executeTakeFirst()
  if (!client) return undefined
  for (const table of ['client_origin', 'client_name'] as const)
    await trx.deleteFrom(table).where('client_id', '=', clientId).execute()
  await deleteRegistrationToken(trx, clientId)
  await forgetUnticked(trx, clientId)
  return client.payload
}

/**
 * Disables or enables an application. Disabling gives it another generation, so that its consents, tokens, launches and pending
 * authorizations end; enabling brings nothing back.
 *
 * @returns its metadata as JSON; `undefined` if there is none in the other state.
 */
export const setDisabled = async (
  trx: Db,
  clientId: string,
  disabled: boolean,
  now: number,
): Promise<string | undefined> => {
  const client = await trx
    .updateTable('oauth_record')
    .set(disabled ? { disabled_at: now, client_generation: newGeneration() } : { disabled_at: null })
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .where('disabled_at', disabled ? 'is' : 'is not', null)
    .returning('payload')
    .executeTakeFirst()
  return client?.payload
}

/**
 * Requires that `endClient` or `setDisabled` changed something, so that the log never says what another request did.
 *
 * @throws AlreadyTaken when there was nothing left to change.
 */
export const requireChanged = (metadata: string | undefined): void => {
  if (metadata === undefined) throw new AlreadyTaken('Client')
}

/** Counts the consents that end with an application. */
export const countConsents = async (db: Db, clientId: string): Promise<number> => {
  const row = await db
    .selectFrom('consent')
    .innerJoin('oauth_record as client', (join) =>
      join
        .onRef('client.id', '=', 'consent.client_id')
        .onRef('client.client_generation', '=', 'consent.client_generation')
        .on('client.model', '=', 'Client'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('consent.client_id', '=', clientId)
    .where('consent.revoked_at', 'is', null)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

/** It outlives disabling. There is one for each application, so this costs as much as a look at their names. */
const deleteRegistrationToken = async (trx: Db, clientId: string): Promise<void> => {
  const rows = await trx
    .selectFrom('oauth_record')
    .select(['id', 'payload'])
    .where('model', '=', REGISTRATION_TOKEN)
    // A rough match in the database; the payload then decides exactly.
    .where('payload', 'like', `%${clientId}%`)
    .execute()
  const isIts = ({ payload }: { payload: string }) =>
    (JSON.parse(payload) as { clientId?: string }).clientId === clientId
  for (const { id } of rows.filter(isIts))
    await trx
      .deleteFrom('oauth_record')
      .where('model', '=', REGISTRATION_TOKEN)
      .where('id', '=', id)
      .execute()
}

const REGISTRATION_TOKEN = 'RegistrationAccessToken'
