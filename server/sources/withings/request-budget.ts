import { sql } from 'kysely'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { WithingsError } from './withings-error.ts'

/** Somebody who is signing in waits, and a code lives 30 seconds: a part of the requests is theirs alone. */
export type Priority = 'sign-in' | 'reading'

/** Withings answers 120 requests a minute of an application; the rest is for processes that count at the same moment. */
const MOST: Readonly<Record<Priority, number>> = { 'sign-in': 116, reading: 96 }
const SLICE = 10_000
/** Slices that touch the last minute. */
const SLICES = 7

/**
 * Returns a function that counts a request to Withings, over all processes of this database.
 *
 * @throws WithingsError `wait` when the last minute's are used up; nothing was counted then.
 */
export const createRequestBudget =
  ({ store, clock }: { store: Store; clock: Clock }) =>
  (priority: Priority): Promise<void> =>
    store.write(async (trx) => {
      const now = clock()
      const slice = Math.floor(now / SLICE)
      const buckets = Array.from({ length: SLICES }, (_, back) => `withings-requests ${slice - back}`)
      const [bucket = ''] = buckets
      await trx
        .insertInto('rate_limit')
        .values({ bucket, failures: 1, expires_at: now + SLICE * SLICES })
        .onConflict((conflict) =>
          conflict.column('bucket').doUpdateSet({ failures: sql`rate_limit.failures + 1` }),
        )
        .execute()
      const counted = await trx
        .selectFrom('rate_limit')
        .select('failures')
        .where('bucket', 'in', buckets)
        .execute()
      const sum = counted.reduce((total, { failures }) => total + Number(failures), 0)
      // Rolls the count back.
      if (sum > MOST[priority])
        throw new WithingsError('wait', 'Withings is asked as often as it allows.', SLICE / 1000)
    })
