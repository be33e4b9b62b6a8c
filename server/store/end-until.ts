import type { Db } from './schema.ts'

/**
 * What outlives a clock that was ahead: applications, the browsers that are known, proofs that were used; grants and
 * refresh tokens, which are good no longer than their consent. All else is short-lived, and made anew by signing in.
 */
const KEPT = ['Client', 'RegistrationAccessToken', 'Grant', 'RefreshToken', 'Device', 'ReplayDetection']

/**
 * Ends what rests upon a time that never was: what was over by then, what was allowed in it, sign-ins, codes and tokens
 * under way, and counts of failures.
 *
 * @param then the time that the clock had wrongly reached, `now` the right one; milliseconds since 1970.
 */
export const endUntil = async (trx: Db, then: number, now: number): Promise<void> => {
  await trx
    .deleteFrom('oauth_record')
    .where((eb) => eb.or([eb('model', 'not in', KEPT), eb('expires_at', '<=', then)]))
    .execute()
  await trx
    .updateTable('consent')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', '<=', then), eb('created_at', '>', now)]))
    .execute()
  await trx.deleteFrom('rate_limit').execute()
}
