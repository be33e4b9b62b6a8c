import type { Db } from '../store/schema.ts'

/**
 * The engine's records that survive: applications, known browsers and used proofs, and also grants and refresh tokens, because they
 * are valid no longer than their consent. All others are short-lived, and a new sign-in creates them again.
 */
const SURVIVING_MODELS = [
  'Client',
  'RegistrationAccessToken',
  'Grant',
  'RefreshToken',
  'Device',
  'ReplayDetection',
]

/**
 * Ends everything that depends on a time when the clock was ahead: what had expired by the wrong time, consents that were given after
 * the right time, open sign-ins, codes and tokens, and counts of failures.
 *
 * @param wrongTime the time that the clock had reached, in milliseconds since 1970.
 * @param now the right time.
 */
export const endUntil = async (trx: Db, wrongTime: number, now: number): Promise<void> => {
  await trx
    .deleteFrom('oauth_record')
    .where((eb) => eb.or([eb('model', 'not in', SURVIVING_MODELS), eb('expires_at', '<=', wrongTime)]))
    .execute()
  await trx
    .updateTable('consent')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', '<=', wrongTime), eb('created_at', '>', now)]))
    .execute()
  await trx.deleteFrom('rate_limit').execute()
}
