import type { ExpressionBuilder } from 'kysely'
import type { Database, Db } from '../store/schema.ts'
import { compileOnce } from '../store/statements/compile-once.ts'
import { AlreadyTaken } from './stored-id.ts'

/**
 * The condition that nobody has ended the grant of a record. Ending a grant changes only its consent, so every statement that uses up
 * a token, or takes it for good, has this condition.
 */
export const grantHolds = ({ exists, selectFrom }: ExpressionBuilder<Database, 'oauth_record'>) =>
  exists(
    selectFrom('consent')
      .select('consent.grant_id')
      .whereRef('consent.grant_id', '=', 'oauth_record.grant_id')
      .where('consent.revoked_at', 'is', null),
  )

/**
 * The answer to a refresh may never arrive: the network, the application or the computer ends first. Until one of its tokens is used,
 * the refresh token from before can be presented again and gets a new answer, which voids the one that is taken for lost.
 *
 * `oauth_record.uid` says so: for a refresh token it names the one from before, for an access token the refresh token that came with
 * it. The first use of the access token removes both.
 */
const REFRESH = 'RefreshToken'
const ACCESS = 'AccessToken'

/** An answer that may be lost. Tokens are named as they are stored. */
export interface LostAnswer {
  /** The refresh token that was presented for it. */
  readonly to: string
  /** When that was, in milliseconds since 1970. */
  readonly at: number
  /** Its own refresh token. */
  readonly next: string
}

const findUnused = compileOnce((db, { to }: { to: string }) =>
  db
    .selectFrom('oauth_record')
    .select('id')
    .where('model', '=', REFRESH)
    .where('uid', '=', to)
    .where('consumed_at', 'is', null),
)

/** Returns the answer to a refresh token that was used at `at`, if no token of that answer has been used. */
export const findLost = async (db: Db, to: string, at: number): Promise<LostAnswer | undefined> => {
  const [next] = await findUnused(db, { to })
  return next && { to, at, next: next.id }
}

/**
 * Voids the answer to a refresh that may be lost, so that another one can be given.
 *
 * @throws AlreadyTaken when one of its tokens has been used meanwhile, another request replaced it, or its grant has ended.
 */
export const voidLost = async (trx: Db, { to, at, next }: LostAnswer, now: number): Promise<void> => {
  const consume = (id: string) => change(trx, REFRESH, id, { consumed_at: now })
  const taken = await consume(to).where('consumed_at', '=', at).execute()
  const lost = await consume(next).where('uid', '=', to).where('consumed_at', 'is', null).execute()
  if (taken.length === 0 || lost.length === 0) throw new AlreadyTaken(REFRESH)
  await trx.deleteFrom('oauth_record').where('model', '=', ACCESS).where('uid', '=', next).execute()
}

/**
 * Notes the first use of an access token, so that its answer is not lost.
 *
 * @param cameWith the refresh token of the answer.
 * @returns false when the answer has been voided meanwhile, or its grant has ended.
 */
export const markArrived = async (trx: Db, id: string, cameWith: string): Promise<boolean> => {
  // The refresh token first, as above: two transactions in different orders would wait for each other.
  await change(trx, REFRESH, cameWith, { uid: null }).execute()
  const marked = await change(trx, ACCESS, id, { uid: null }).execute()
  return marked.length > 0
}

const change = (trx: Db, model: string, id: string, values: { consumed_at: number } | { uid: null }) =>
  trx
    .updateTable('oauth_record')
    .set(values)
    .where('model', '=', model)
    .where('id', '=', id)
    .where(grantHolds)
    .returning('id')
