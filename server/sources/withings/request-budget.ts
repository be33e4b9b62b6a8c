import { sql } from 'kysely'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { WithingsError } from './withings-error.ts'

/**
 * Somebody who is signing in waits, and a code lives 30 seconds: a part of the requests is theirs alone. Another is that of readings
 * alone, because anyone can begin to sign in.
 */
export type Priority = 'sign-in' | 'reading'

/** Withings answers 120 requests a minute of an application; the rest is for processes that count at the same moment. */
const MOST: Readonly<Record<Priority, number>> = { 'sign-in': 116, reading: 96 }
const MOST_SIGN_INS = 60
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
      const count = async (name: string): Promise<number> => {
        const buckets = Array.from({ length: SLICES }, (_, back) => `${name} ${slice - back}`)
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
        return counted.reduce((total, { failures }) => total + Number(failures), 0)
      }
      const sum = await count('withings-requests')
      const signIns = priority === 'sign-in' ? await count('withings-sign-ins') : 0
      // Rolls the count back.
      if (sum > MOST[priority] || signIns > MOST_SIGN_INS)
        throw new WithingsError('wait', 'Withings is asked as often as it allows.', SLICE / 1000)
    })
