import type { Clock } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import { REMOVED } from './removal.ts'
import type { WithingsClient } from './withings-client.ts'
import { WithingsError } from './withings-error.ts'

/** How long after a try Withings is told again, in milliseconds; longer than a try takes. */
const PAUSE = 5 * 60_000
/** People of whom Withings is told at the same time. Each takes two requests, and 60 a minute are for people who sign in. */
const AT_ONCE = 20

interface TellingDeps {
  readonly store: Store
  readonly clock: Clock
  readonly issuer: string
  readonly client: WithingsClient
  readonly report: (facts: object, sentence: string) => void
}

/**
 * Ends at Withings what was removed here, and tries again later where it does not answer. Each person is told of once, by one process,
 * and waits for nobody else.
 *
 * @param accountId tells of this person only.
 */
export const tellWithings = async (
  { store, clock, issuer, client, report }: TellingDeps,
  accountId?: string,
): Promise<void> => {
  const removedPeople = await store.db
    .selectFrom('withings_account')
    .select(['userid', 'version', 'next_read'])
    .where('issuer', '=', issuer)
    .where('fault', '=', REMOVED)
    .where('next_read', '<=', clock())
    .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId ?? ''))
    .orderBy('next_read')
    .limit(AT_ONCE)
    .execute()

  const tellOf = async ({ userid, version, next_read }: (typeof removedPeople)[number]): Promise<void> => {
    // A person who signed in again meanwhile stays.
    const row = { issuer, userid, version, fault: REMOVED }
    const { numUpdatedRows } = await store.write((trx) =>
      trx
        .updateTable('withings_account')
        .set({ next_read: clock() + PAUSE })
        // Of several processes, the one that moves the time tells.
        .where((eb) => eb.and({ ...row, next_read }))
        .executeTakeFirst(),
    )
    if (numUpdatedRows === 0n) return
    const isTold = await client.revoke(userid).then(
      () => true,
      (error: unknown) => {
        // A person who ended it there already is none whom Withings knows.
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
