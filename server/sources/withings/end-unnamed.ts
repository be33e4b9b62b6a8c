import { randomUUID } from 'node:crypto'
import type { Recorder } from '../../audit/write/recorder.ts'
import type { Clock } from '../../config.ts'
import { holdAccount, removeAccount } from '../../grants/accounts.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { erasePerson } from './removal.ts'

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
