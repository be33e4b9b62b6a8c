import type { Clock } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import { deleteReadings, REMOVED } from './removal.ts'
import type { WithingsClient } from './withings-client.ts'
import { WithingsError } from './withings-error.ts'

/** How long after an attempt Withings is told again, in milliseconds; longer than an attempt takes. */
const PAUSE = 5 * 60_000
/** Number of people about whom Withings is told at the same time. Each takes two requests, and 60 a minute are for people who sign in. */
const AT_ONCE = 20

interface TellingDeps {
  readonly store: Store
  readonly clock: Clock
  readonly issuer: string
  readonly client: WithingsClient
  readonly report: (facts: object, sentence: string) => void
}

/**
 * Deletes the readings of connections that were removed here, and ends them at Withings. Tries again later if Withings does not answer. One process does it for each
 * person, once, and no person waits for another.
 *
 * @param accountId if given, only this account's connection is ended.
 */
export const tellWithings = async (
  { store, clock, issuer, client, report }: TellingDeps,
  accountId?: string,
): Promise<void> => {
  const removedPeople = await store.db
    .selectFrom('withings_account')
    .select(['userid', 'account_id', 'version', 'next_read'])
    .where('issuer', '=', issuer)
    .where('fault', '=', REMOVED)
    .where('next_read', '<=', clock())
    .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId ?? ''))
    .orderBy('next_read')
    .limit(AT_ONCE)
    .execute()

  const tellOf = async ({
    userid,
    account_id,
    version,
    next_read,
  }: (typeof removedPeople)[number]): Promise<void> => {
    // A person who has signed in again meanwhile stays connected.
    const row = { issuer, userid, version, fault: REMOVED }
    const { numUpdatedRows } = await store.write((trx) =>
      trx
        .updateTable('withings_account')
        .set({ next_read: clock() + PAUSE })
        // If several processes try, the one that changes the time is the one that tells Withings.
        .where((eb) => eb.and({ ...row, next_read }))
        .executeTakeFirst(),
    )
    if (numUpdatedRows === 0n) return
    // It may take a while, and ending the connection would end what a person has allowed meanwhile.
    if (!(await deleteReadings(store, account_id))) return
    const isTold = await client.revoke(userid).then(
      () => true,
      (error: unknown) => {
        // Withings does not know a person who has already ended the connection there.
        if (error instanceof WithingsError && error.fault === 'ended') return true
        report(faultOf(error), 'Withings did not take the end of a connection')
        return false
      },
    )
    if (isTold)
      await store.write((trx) =>
        trx
          .deleteFrom('withings_account')
          .where((eb) => eb.and(row))
          .execute(),
      )
  }
  await Promise.all(removedPeople.map(tellOf))
}
