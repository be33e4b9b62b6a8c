import { sql } from 'kysely'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { WithingsError } from './withings-error.ts'

/**
 * What requests to Withings are for: a sign-in, the readings of a patient, or the end of a person's connection, which takes two. Part of the
 * requests is reserved for sign-ins, because a person waits and a code is valid for 30 seconds. Another part is reserved for the rest,
 * because anyone can begin a sign-in. Ends have a small part of the rest: nothing limits how often somebody disconnects, and they are tried
 * again.
 */
export type Purpose = 'sign-in' | { readonly patient: string } | { readonly endOf: string }

/**
 * Withings allows an application 120 requests a minute. Those above this limit are for processes that count at the same moment.
 */
const MOST = 116
const MOST_SIGN_INS = 60
const MOST_OTHERS = 96
/** Half of them for one patient, who may have any number of pages. Ten years of daily readings are 40. */
const MOST_OF_PATIENT = 48
/** Ten ends a minute, and three of one person. */
const MOST_ENDS = 20
const MOST_ENDS_OF_PERSON = 6
const SLICE = 10_000
/** Time slices that overlap the last minute. */
const SLICES = 7

/** The requests that something takes, and the most of each kind in a minute. */
interface Share {
  readonly requests: number
  readonly most: Readonly<Record<string, number>>
}

const shareOf = (purpose: Purpose): Share => {
  if (purpose === 'sign-in')
    return { requests: 1, most: { 'withings-requests': MOST, 'withings-sign-ins': MOST_SIGN_INS } }
  if ('patient' in purpose) {
    const most = {
      'withings-requests': MOST_OTHERS,
      [`withings-patient ${purpose.patient}`]: MOST_OF_PATIENT,
    }
    return { requests: 1, most }
  }
  const ends = { 'withings-ends': MOST_ENDS, [`withings-end ${purpose.endOf}`]: MOST_ENDS_OF_PERSON }
  return { requests: 2, most: { 'withings-requests': MOST_OTHERS, ...ends } }
}

/**
 * Returns a function that counts the requests to Withings that something takes, over all processes of this database.
 *
 * @throws WithingsError `wait` when those of the last minute are used up; then nothing was counted.
 */
export const createRequestBudget =
  ({ store, clock }: { store: Store; clock: Clock }) =>
  (purpose: Purpose): Promise<void> =>
    store.write(async (trx) => {
      const now = clock()
      const slice = Math.floor(now / SLICE)
      const { requests, most } = shareOf(purpose)
      const count = async (name: string): Promise<number> => {
        const buckets = Array.from({ length: SLICES }, (_, back) => `${name} ${slice - back}`)
        const [bucket = ''] = buckets
        await trx
          .insertInto('rate_limit')
          .values({ bucket, failures: requests, expires_at: now + SLICE * SLICES })
          .onConflict((conflict) =>
            conflict.column('bucket').doUpdateSet({ failures: sql`rate_limit.failures + ${requests}` }),
          )
          .execute()
        const slices = await trx
          .selectFrom('rate_limit')
          .select('failures')
          .where('bucket', 'in', buckets)
          .execute()
        return slices.reduce((total, { failures }) => total + Number(failures), 0)
      }
      // Rolls the counts back.
      for (const [name, limit] of Object.entries(most))
        if ((await count(name)) > limit)
          throw new WithingsError('wait', 'Withings is asked as often as it allows.', SLICE / 1000)
    })
