import { faultOf } from '../../errors.ts'
import { deleteReadings, REMOVED } from './removal.ts'
import type { ClientUser } from './tokens.ts'
import { WithingsError } from './withings-error.ts'

/** How long after an attempt Withings is told again, in milliseconds; longer than an attempt takes. */
const PAUSE = 5 * 60_000
/** How long Withings may take to end a connection, in milliseconds; longer than a request waits, because an answer may be lost before the work is done. */
const LEASE = 30_000
/** Number of people about whom Withings is told at the same time, as many as it may be told about in a minute. */
const AT_ONCE = 10

interface TellingDeps extends ClientUser {
  readonly issuer: string
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
    const row = { issuer, userid, version, fault: REMOVED } as const
    const { numUpdatedRows } = await store.write((trx) =>
      trx
        .updateTable('withings_account')
        .set({ next_read: clock() + PAUSE })
        // If several processes try, the one that changes the time is the one that tells Withings.
        .where((eb) => eb.and({ ...row, next_read }))
        .executeTakeFirst(),
    )
    if (numUpdatedRows === 0n) return
    await deleteReadings(store, account_id)
    await endThere(row).catch((error: unknown) =>
      report(faultOf(error), 'Withings did not take the end of a connection'),
    )
  }

  const endThere = async (row: RemovedRow): Promise<void> => {
    const { userid } = row
    const nonce = await client.getNonce(userid)
    // All that took a while, and would end what the person has allowed meanwhile. From here on, a sign-in waits.
    const ending_until = clock() + LEASE
    const { numUpdatedRows } = await store.write((trx) =>
      trx
        .updateTable('withings_account')
        .set({ ending_until })
        .where((eb) => eb.and(row))
        .where('ending_until', '<=', clock())
        .executeTakeFirst(),
    )
    if (numUpdatedRows === 0n) return
    const failure: unknown = await client.revoke(userid, nonce).catch((error: unknown) => error)
    const fault = failure instanceof WithingsError ? failure.fault : undefined
    // Withings may still do what it has not answered, so a sign-in waits for longer.
    if (fault === 'away') throw failure
    // Withings does not know a person who has already ended the connection there.
    const isTold = failure === undefined || fault === 'ended'
    await store.write(async (trx) => {
      if (isTold)
        await trx
          .deleteFrom('withings_account')
          .where((eb) => eb.and(row))
          .execute()
      await trx
        .updateTable('withings_account')
        .set({ ending_until: 0 })
        .where((eb) => eb.and({ issuer, userid, ending_until }))
        .execute()
    })
    if (!isTold) throw failure
  }
  await Promise.all(removedPeople.map(tellOf))
}

interface RemovedRow {
  readonly issuer: string
  readonly userid: string
  readonly version: number
  readonly fault: typeof REMOVED
}
