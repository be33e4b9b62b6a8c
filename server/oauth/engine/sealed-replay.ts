import type { Insertable } from 'kysely'
import { storedId } from '../../grants/stored-id.ts'
import { createSealer } from '../../sealed-text.ts'
import type { Db, OauthRecordTable } from '../../store/schema.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import type { Store } from '../../store/store.ts'

/** How long after its use a refresh token gets the same answer again, in milliseconds. */
export const GRACE = 10_000
const MODEL = 'SealedAnswer'

/** A refresh as it was presented. The same token, client, scope and key get the same answer; anything else does not. */
export interface PresentedRefresh {
  readonly token: string
  readonly clientId: string
  readonly scope: string
  /** The grant of the token, if there is such a token. */
  readonly grantId?: string | undefined
  /** RFC 7638 thumbprint of the DPoP key; absent without a proof. */
  readonly key?: string
}

/**
 * Stores the answer to a rotation, encrypted with a key that is derived from the rotated token. An honest application
 * refreshes twice when two of its windows wake together or an answer is lost; without this it would look like a thief and
 * lose its grant.
 */
export const storeAnswer = async (
  trx: Db,
  refresh: PresentedRefresh,
  answer: object,
  now: number,
): Promise<void> => {
  const row = {
    model: MODEL,
    id: storedId(refresh.token),
    payload: sealerOf(refresh).seal(JSON.stringify(answer), bindingOf(refresh)),
    expires_at: now + GRACE,
  }
  await putAnswer(trx, row)
}

/** In place of an answer that was lost, and whose time is over. */
const putAnswer = compileOnce((trx, row: Insertable<OauthRecordTable>) =>
  trx
    .insertInto('oauth_record')
    .values(row)
    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(row)),
)

/**
 * Returns the stored answer; `undefined` if the request differs, or somebody has ended the grant.
 *
 * @param since the answer must be stored at this time or later, in milliseconds since 1970.
 */
export const findAnswer = async (
  store: Store,
  refresh: PresentedRefresh,
  since: number,
): Promise<Record<string, unknown> | undefined> => {
  const row = await store.db
    .selectFrom('oauth_record')
    .select('payload')
    .where('model', '=', MODEL)
    .where('id', '=', storedId(refresh.token))
    .where('expires_at', '>=', since + GRACE)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('consent')
          .select('grant_id')
          .where('grant_id', '=', refresh.grantId ?? '')
          .where('revoked_at', 'is', null),
      ),
    )
    .executeTakeFirst()
  const text = row && sealerOf(refresh).open(row.payload, bindingOf(refresh))
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>)
}

const sealerOf = ({ token }: PresentedRefresh) => createSealer(token, 'sealed refresh answer')

const bindingOf = ({ clientId, scope, key }: PresentedRefresh): string =>
  JSON.stringify([clientId, scope, key])
