import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Recorder } from '../../audit/write/recorder.ts'
import type { Clock } from '../../config.ts'
import { deleteResources } from '../../fhir/index/put-indexes.ts'
import { holdAccount, removeAccount } from '../../grants/accounts.ts'
import type { Json } from '../../query/json-path.ts'
import type { AccountTable, Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { turnOfOthers } from '../../turns.ts'
import { isPatientOf, ORIGIN } from './person.ts'

/** The `WithingsAccountTable.fault` of a person who was removed here while Withings has not been told yet. */
export const REMOVED = 'removed'

/** Readings that are deleted in one turn, within 10 ms. A person may have 60,000. */
export const TOGETHER = 500

/** Selects a patient's readings that were fetched. */
export const readingsOf = (db: Db, patient: string) =>
  db
    .selectFrom('resource')
    .innerJoin('compartment', 'compartment.key', 'resource.key')
    .where('compartment.patient', '=', patient)
    .where('compartment.type', '=', 'Observation')
    .where('resource.origin', '=', ORIGIN)

/**
 * Disconnects a person and deletes their tokens, in the transaction that logs it. Afterwards `deleteReadings` deletes what was fetched, and
 * `tellWithings` ends the connection there.
 *
 * @returns the number of readings; `undefined` if the person is not connected.
 */
export const removeWithings = async (trx: Db, accountId: string): Promise<number | undefined> => {
  const row = await trx
    .updateTable('withings_account')
    .set((eb) => ({
      ...{ fault: REMOVED, access_token: '', refresh_token: '', since: null, read_at: null, hook: null },
      ...{ next_read: 0, unnamed_until: null },
      // So an unfinished renewal stores nothing.
      version: eb('version', '+', 1),
    }))
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))
    .returning('patient')
    .executeTakeFirst()
  if (!row) return undefined
  const { readings } = await readingsOf(trx, row.patient)
    .select(({ fn }) => fn.countAll<number>().as('readings'))
    .executeTakeFirstOrThrow()
  return Number(readings)
}

/**
 * Deletes the readings of an account that `removeWithings` has disconnected, with others in between. What is left if that is broken off,
 * `tellWithings` deletes before it forgets the connection.
 */
export const deleteReadings = async (store: Store, accountId: string): Promise<void> => {
  const deleteSome = async (trx: Db): Promise<boolean> => {
    // Holds the row: of a person who connects again, the readings are kept.
    const row = await trx
      .updateTable('withings_account')
      .set((eb) => ({ next_read: eb.ref('next_read') }))
      .where('account_id', '=', accountId)
      .where('fault', '=', REMOVED)
      .returning('patient')
      .executeTakeFirst()
    return row !== undefined && (await deleteSomeOf(trx, row.patient))
  }
  while (await store.write(deleteSome)) await turnOfOthers()
}

/** Deletes a few of a patient's readings. @returns whether there may be more. */
const deleteSomeOf = async (trx: Db, patient: string): Promise<boolean> => {
  const readings = await readingsOf(trx, patient).select('resource.key').limit(TOGETHER).execute()
  await deleteResources(
    trx,
    readings.map(({ key }) => key),
    ORIGIN,
  )
  return readings.length === TOGETHER
}

/**
 * Deletes the readings of Patients whose person has another one now, as `deleteReadings` does, and then forgets that there were any.
 *
 * @throws the first error, once those of all other Patients are deleted.
 */
export const deleteLeftovers = async (store: Store): Promise<void> => {
  const patients = await store.db.selectFrom('withings_leftover').select('patient').execute()
  const errors: unknown[] = []
  for (const { patient } of patients)
    await deleteLeftoversOf(store, patient).catch((error: unknown) => errors.push(error))
  if (errors.length > 0) throw errors[0]
}

const deleteLeftoversOf = async (store: Store, patient: string): Promise<void> => {
  const deleteSome = async (trx: Db): Promise<boolean> => {
    // Holds the row: a person to whom the Patient is given back keeps the readings.
    const row = await trx
      .updateTable('withings_leftover')
      .set({ patient })
      .where('patient', '=', patient)
      .returning('patient')
      .executeTakeFirst()
    if (!row) return false
    if (await deleteSomeOf(trx, patient)) return true
    await trx.deleteFrom('withings_leftover').where('patient', '=', patient).execute()
    return false
  }
  while (await store.write(deleteSome)) await turnOfOthers()
}

/** How many resources were deleted, by their type. */
type Deleted = Partial<Record<'Patient' | 'Observation', number>>

/** Deletes everything that was stored because a person signed in with Withings: their readings, and the details they entered. */
export const erasePerson = async (
  trx: Db,
  { id, username, patient }: Pick<Selectable<AccountTable>, 'id' | 'username' | 'patient'>,
): Promise<Deleted> => {
  // So a concurrent sign-in either stores its tokens before this, and they are deleted here, or makes a new account.
  await holdAccount(trx, username)
  const readings = await removeWithings(trx, id)
  const row = await trx
    .selectFrom('resource')
    .select(['key', 'json'])
    .where('type', '=', 'Patient')
    .where('id', '=', patient ?? '')
    .executeTakeFirst()
  const isTheirs = row !== undefined && isPatientOf(JSON.parse(row.json) as Json, username)
  const patients = isTheirs ? await deleteResources(trx, [row.key], ORIGIN) : 0
  return {
    ...(patients > 0 && { Patient: patients }),
    ...(readings !== undefined && { Observation: readings }),
  }
}

interface EndUnnamedDeps {
  readonly store: Store
  readonly clock: Clock
  readonly recorder: Recorder
  readonly issuer: string
}

/**
 * Deletes the accounts of people who signed in with Withings, and then did not enter their name in time. `tellWithings` ends their
 * connections at Withings.
 */
export const endUnnamed = async ({ store, clock, recorder, issuer }: EndUnnamedDeps): Promise<void> => {
  const findDue = (db: Db) =>
    db
      .selectFrom('withings_account')
      .innerJoin('account', 'account.id', 'withings_account.account_id')
      .select(['account.id', 'account.username', 'account.patient', 'account.role'])
      .where('withings_account.issuer', '=', issuer)
      .where('withings_account.unnamed_until', '<=', clock())
  for (const { id, username } of await findDue(store.db).execute())
    await store.write(async (trx) => {
      // Another process may have ended it, or its person may have come back.
      await holdAccount(trx, username)
      const account = await findDue(trx).where('account.id', '=', id).executeTakeFirst()
      if (!account) return
      await erasePerson(trx, account)
      await removeAccount(trx, id, clock())
      await recorder.append(trx, {
        kind: 'account',
        requestId: randomUUID(),
        outcome: 'success',
        agent: { address: 'server' },
        patients: account.patient === null ? [] : [account.patient],
        details: { change: 'remove', because: 'unnamed', account: id, role: account.role },
      })
    })
}
