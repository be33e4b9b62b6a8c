import type { Db } from './schema.ts'

/**
 * The engine's records that remain after a clock that was ahead: applications, known browsers and used proofs; also grants and
 * refresh tokens, which are valid no longer than their consent. All others are short-lived, and a new sign-in creates them.
 */
const KEPT = ['Client', 'RegistrationAccessToken', 'Grant', 'RefreshToken', 'Device', 'ReplayDetection']

/**
 * Ends everything that depends on a wrong time: what was over by then, grants of that time, open sign-ins, codes and tokens, and
 * counts of failures.
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
