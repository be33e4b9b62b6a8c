import { sql } from 'kysely'
import type { Clock } from '../../config.ts'
import type { Store } from '../store.ts'
import { BEGUN, EMPTIED, ENDED, UNENDED } from './oauth-tables.ts'

/** The most rows that one statement deletes. Others wait for it. Counted as rows: any number of them may expire at the same time. */
const BATCH = 500
const MINUTE = 60_000
/** Longer than the account page reports why the server ended a grant. The access log says for good what was allowed. */
const PAST = 31 * 24 * 60 * MINUTE
const RECORD = { table: 'oauth_record', key: ['model', 'id'] } as const
const GRANT = { table: 'consent', key: ['grant_id'] } as const
const TRIES = { table: 'rate_limit', key: ['bucket'] } as const
/**
 * Which expired rows are deleted, and how many milliseconds later: after a long time, so that a clock that is ahead deletes no row that
 * another server's clock calls valid. Begun authorizations go soon, because strangers store them, and a person who loses one only signs
 * in again.
 */
const EXPIRED = [
  { ...RECORD, column: 'expires_at', rows: BEGUN, margin: MINUTE },
  { ...RECORD, column: 'expires_at', rows: sql<boolean>`true`, margin: 60 * MINUTE },
  { ...TRIES, column: 'expires_at', rows: sql<boolean>`true`, margin: 60 * MINUTE },
  { ...GRANT, column: 'expires_at', rows: UNENDED, margin: PAST },
  { ...GRANT, column: 'emptied_at', rows: EMPTIED, margin: PAST },
] as const
const INTERVAL = MINUTE

/**
 * Deletes a batch of the codes and tokens of a grant that was ended, also rotated ones, because nothing can be reused any more.
 *
 * @returns whether more may be due.
 * @throws StoreUnavailable
 */
export const sweepEnded = async (store: Store, now: number): Promise<boolean> => {
  const grant = await store.db
    .selectFrom('consent')
    .select('grant_id')
    .where(ENDED)
    .orderBy('revoked_at')
    .limit(1)
    .executeTakeFirst()
  if (!grant) return false
  const { grant_id } = grant
  await store.write(async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom('oauth_record')
      .where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple('model', 'id'),
          'in',
          selectFrom('oauth_record')
            .select(['model', 'id'])
            .where('grant_id', '=', grant_id)
            .limit(BATCH)
            .$asTuple('model', 'id'),
        ),
      )
      .executeTakeFirst()
    if (numDeletedRows === BigInt(BATCH)) return
    await trx.updateTable('consent').set({ emptied_at: now }).where('grant_id', '=', grant_id).execute()
  })
  return true
}

/**
 * Deletes a batch of begun authorizations, of the engine's other expired records (codes, tokens, sessions, sealed answers), of counted
 * failures, and of grants that are long past. A rotated refresh token is kept until its grant's window ends, because its reuse must be
 * detected.
 *
 * @returns whether more rows are due.
 * @throws StoreUnavailable
 */
export const sweepExpired = async (store: Store, now: number): Promise<boolean> => {
  let hasMore = false
  for (const { table, key, column, rows, margin } of EXPIRED) {
    const columns = sql.join(key.map((name) => sql.ref(name)))
    const batch = sql`delete from ${sql.table(table)} where (${columns}) in (
      select ${columns} from ${sql.table(table)}
      where ${sql.ref(column)} <= ${now - margin} and ${rows} order by ${sql.ref(column)} limit ${BATCH})`
    const { numAffectedRows } = await store.write((trx) => batch.execute(trx))
    hasMore ||= numAffectedRows === BigInt(BATCH)
  }
  return hasMore
}

/** Deletes batches until no row is due, so that rows are not added faster than they are deleted. */
const sweepAll = async (store: Store, now: number, isOver: () => boolean): Promise<void> => {
  for (const sweep of [sweepExpired, sweepEnded]) while (!isOver() && (await sweep(store, now)));
}

/** Sweeps every minute. @returns a function that stops this, and resolves when no sweep is running. */
export const sweepRegularly = (store: Store, clock: Clock): (() => Promise<void>) => {
  let sweeping: Promise<void> | undefined
  let isOver = false
  const timer = setInterval(() => {
    // If the store is unavailable, the next run continues.
    sweeping ??= sweepAll(store, clock(), () => isOver)
      .catch(() => undefined)
      .finally(() => {
        sweeping = undefined
      })
  }, INTERVAL).unref()
  return async () => {
    isOver = true
    clearInterval(timer)
    await sweeping
  }
}
