import type { Insertable } from 'kysely'
import { storedId } from '../../grants/stored-id.ts'
import { createSealer } from '../../sealed-text.ts'
import { compileOnce } from '../../store/compile-once.ts'
import type { Db, OauthRecordTable } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'

const MODEL = 'SealedAnswer'

/** A refresh as it was presented. The same token, client, scope and key get the same answer; anything else does not. */
export interface PresentedRefresh {
  readonly token: string
  readonly clientId: string
  readonly scope: string
  /** RFC 7638 thumbprint of the DPoP key; absent without a proof. */
  readonly key?: string
}

/** The token response of a rotation. */
interface RotationAnswer {
  /** Seconds. */
  readonly expires_in?: number
}

/** The grant of a rotation, and when its window ends. */
interface RotatedGrant {
  readonly grant_id: string
  readonly expires_at: number
}

/**
 * Stores the answer to a rotation, encrypted with a key that is derived from the rotated token, in place of the grant's former one. An
 * honest application refreshes twice when two of its windows wake together, or an answer is lost; without this it would look like a
 * thief and lose its grant.
 */
export const storeAnswer = async (
  trx: Db,
  refresh: PresentedRefresh,
  { grant_id, expires_at }: RotatedGrant,
  answer: object,
  now: number,
): Promise<void> => {
  const text = JSON.stringify({ at: now, answer })
  const payload = sealerOf(refresh).seal(text, bindingOf(refresh))
  await deleteAnswers(trx, { grant_id })
  await putAnswer(trx, { model: MODEL, id: storedId(refresh.token), grant_id, payload, expires_at })
}

const deleteAnswers = compileOnce((trx, { grant_id }: { grant_id: string }) =>
  trx.deleteFrom('oauth_record').where('grant_id', '=', grant_id).where('model', '=', MODEL),
)

const putAnswer = compileOnce((trx, row: Insertable<OauthRecordTable>) =>
  trx.insertInto('oauth_record').values(row),
)

/**
 * Returns the stored answer; `undefined` if the request differs, or the answer has arrived: then its refresh token was rotated, or its
 * access token was used (`grants/find-authorization.ts` `markUsed`). The caller has found the token, so its grant goes on.
 */
export const findAnswer = async (
  store: Store,
  refresh: PresentedRefresh,
  now: number,
): Promise<RotationAnswer | undefined> => {
  const row = await store.db
    .selectFrom('oauth_record')
    .select('payload')
    .where('model', '=', MODEL)
    .where('id', '=', storedId(refresh.token))
    .executeTakeFirst()
  const text = row && sealerOf(refresh).open(row.payload, bindingOf(refresh))
  if (text === undefined) return undefined
  const { at, answer } = JSON.parse(text) as { at: number; answer: RotationAnswer }
  const age = Math.floor(Math.max(0, now - at) / 1000)
  return answer.expires_in === undefined
    ? answer
    : { ...answer, expires_in: Math.max(0, answer.expires_in - age) }
}

const sealerOf = ({ token }: PresentedRefresh) => createSealer(token, 'sealed refresh answer')

const bindingOf = ({ clientId, scope, key }: PresentedRefresh): string =>
  JSON.stringify([clientId, scope, key])
