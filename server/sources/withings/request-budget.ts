import { sql } from 'kysely'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { WithingsError } from './withings-error.ts'

/**
 * What requests to Withings are for: a sign-in, the readings of a patient, or the end of a person's connection, which takes two. Ends have a
 * small part to themselves: nothing limits how often somebody disconnects, and nothing keeps them waiting. Of the rest, a part is
 * reserved for sign-ins, because a person waits and a code is valid for 30 seconds, and another for readings, because anyone can begin a
 * sign-in.
 */
export type Purpose = 'sign-in' | { readonly patient: string } | { readonly endOf: string }

/**
 * Withings allows an application 120 requests a minute. Those above this limit are for processes that count at the same moment.
 */
const MOST = 116
/** Ten ends a minute, and three of one person. */
const MOST_ENDS = 20
const MOST_ENDS_OF_PERSON = 6
const MOST_OTHERS = MOST - MOST_ENDS
const MOST_SIGN_INS = 60
const MOST_READINGS = 76
/** A patient may have any number of pages. The first requests in a minute are enough for new readings. */
const FIRST_OF_PATIENT = 4
/** All further ones together, so that those with many pages leave room for everybody's first. Ten years of daily readings are 40. */
const MOST_FURTHER = 44
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
    return { requests: 1, most: { 'withings-requests': MOST_OTHERS, 'withings-sign-ins': MOST_SIGN_INS } }
  if ('patient' in purpose)
    return { requests: 1, most: { 'withings-requests': MOST_OTHERS, 'withings-readings': MOST_READINGS } }
  const most = { 'withings-ends': MOST_ENDS, [`withings-end ${purpose.endOf}`]: MOST_ENDS_OF_PERSON }
  return { requests: 2, most }
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
      const take = async (name: string, limit: number): Promise<void> => {
        // Rolls the counts back.
        if ((await count(name)) > limit)
          throw new WithingsError('wait', 'Withings is asked as often as it allows.', SLICE / 1000)
      }
      for (const [name, limit] of Object.entries(most)) await take(name, limit)
      if (typeof purpose === 'object' && 'patient' in purpose) {
        const isFurther = (await count(`withings-patient ${purpose.patient}`)) > FIRST_OF_PATIENT
        if (isFurther) await take('withings-further', MOST_FURTHER)
      }
    })
