import { sql } from 'kysely'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { WithingsError } from './withings-error.ts'

/**
 * A sign-in, or the patient whose readings are fetched. Part of the requests is reserved for sign-ins, because a person waits and a code
 * is valid for 30 seconds. Another part is reserved for fetches, because anyone can begin a sign-in.
 */
export type Purpose = 'sign-in' | { readonly patient: string }

/**
 * Withings allows an application 120 requests a minute. Those above this limit are for processes that count at the same moment.
 */
const MOST = 116
const MOST_SIGN_INS = 60
const MOST_READINGS = 96
/** Half of them for one patient, who may have any number of pages. Ten years of daily readings are 40. */
const MOST_OF_PATIENT = 48
const SLICE = 10_000
/** Time slices that overlap the last minute. */
const SLICES = 7

/**
 * Returns a function that counts a request to Withings, over all processes of this database.
 *
 * @throws WithingsError `wait` when those of the last minute are used up; then nothing was counted.
 */
export const createRequestBudget =
  ({ store, clock }: { store: Store; clock: Clock }) =>
  (purpose: Purpose): Promise<void> =>
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
        const slices = await trx
          .selectFrom('rate_limit')
          .select('failures')
          .where('bucket', 'in', buckets)
          .execute()
        return slices.reduce((total, { failures }) => total + Number(failures), 0)
      }
      const sum = await count('withings-requests')
      const [most, own, mostOwn] =
        purpose === 'sign-in'
          ? [MOST, await count('withings-sign-ins'), MOST_SIGN_INS]
          : [MOST_READINGS, await count(`withings-patient ${purpose.patient}`), MOST_OF_PATIENT]
      // Rolls the count back.
      if (sum > most || own > mostOwn)
        throw new WithingsError('wait', 'Withings is asked as often as it allows.', SLICE / 1000)
    })
