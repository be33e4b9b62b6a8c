import { sql } from 'kysely'
import type { Database, Db } from '../store/schema.ts'

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
 * the right time, open sign-ins, codes and tokens, and counts of failures. What happened later than now happened by now, what may begin
 * again later may begin at once, and of readings that were complete later nobody knows when they were.
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
  const replaceLater = async <T extends keyof Database>(
    table: T,
    values: Partial<Record<keyof Database[T] & string, number | null>>,
    latest = now,
  ) => {
    for (const [column, value] of Object.entries(values))
      await trx
        .updateTable<keyof Database>(table)
        .set({ [column]: value })
        .where(sql.ref(column), '>', latest)
        .execute()
  }
  await replaceLater('oauth_record', { consumed_at: now })
  await replaceLater('consent', { revoked_at: now, last_used_at: now })
  await replaceLater('withings_account', {
    ...{ next_read: 0, read_at: null, whole_at: null },
    ...{ renewing_until: now, ending_until: now, unnamed_until: now },
  })
  await replaceLater('withings_account', { since: null }, Math.floor(now / 1000))
}
