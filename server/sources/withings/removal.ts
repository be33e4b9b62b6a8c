import type { ExpressionBuilder } from 'kysely'
import type { Clock } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import { deleteResources } from '../../fhir/index/delete-resources.ts'
import type { Database, Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { WithingsClient } from './withings-client.ts'
import { WithingsError } from './withings-error.ts'

/** How long after a failure Withings is told again, in milliseconds. */
const PAUSE = 5 * 60_000

/** `WithingsAccountTable.fault` of a person who was removed here, and of whom Withings is still to be told. */
export const REMOVED = 'removed'

/**
 * Deletes a person's tokens and what was fetched, in the transaction that logs it. `tellWithings` ends it there.
 *
 * @returns the number of deleted readings; `undefined` if the person is not connected.
 */
export const removeWithings = async (trx: Db, patient: string): Promise<number | undefined> => {
  const { numUpdatedRows } = await trx
    .updateTable('withings_account')
    .set((eb) => ({
      ...{ fault: REMOVED, access_token: '', refresh_token: '', since: null, read_at: null, hook: null },
      next_read: 0,
      // A renewal that is under way stores nothing.
      version: eb('version', '+', 1),
    }))
    .where('patient', '=', patient)
    .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return undefined
  const rows = await trx
    .selectFrom('resource')
    .innerJoin('compartment', 'compartment.key', 'resource.key')
    .select('resource.key')
    .where('compartment.patient', '=', patient)
    .where('compartment.type', '=', 'Observation')
    .where('resource.id', 'like', `${patient}-%`)
    .execute()
  await deleteResources(
    trx,
    rows.map(({ key }) => key),
  )
  return rows.length
}

interface TellingDeps {
  readonly store: Store
  readonly clock: Clock
  readonly issuer: string
  readonly client: WithingsClient
  readonly report: (facts: object, sentence: string) => void
}

/** Ends at Withings what was removed here, and asks again later where it does not answer. */
export const tellWithings = async ({ store, clock, issuer, client, report }: TellingDeps): Promise<void> => {
  const removed = await store.db
    .selectFrom('withings_account')
    .select(['userid', 'version'])
    .where('issuer', '=', issuer)
    .where('fault', '=', REMOVED)
    .where('next_read', '<=', clock())
    .execute()
  for (const { userid, version } of removed) {
    const isTold = await client.revoke(userid).then(
      () => true,
      (error: unknown) => {
        // A person who ended it there already is none whom Withings knows.
        if (error instanceof WithingsError && error.fault === 'ended') return true
        report(faultOf(error), 'Withings did not take the end of a connection')
        return false
      },
    )
    await store.write(async (trx) => {
      // Whoever signed in again meanwhile stays.
      const isThis = (eb: ExpressionBuilder<Database, 'withings_account'>) =>
        eb.and({ issuer, userid, version, fault: REMOVED })
      await (isTold
        ? trx.deleteFrom('withings_account').where(isThis)
        : trx
            .updateTable('withings_account')
            .set({ next_read: clock() + PAUSE })
            .where(isThis)
      ).execute()
    })
  }
}
