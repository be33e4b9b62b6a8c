import { describe, expect, it, onTestFinished } from 'vitest'
import { erasePerson, findErasable, isUnwiped, wipeMarked } from '../../../server/audit/erase/erase.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { appendOne, createLog, unknown } from './logged.ts'

describe.each(engines)(
  'J09 a person whose entry was erased together with another person, on %s,',
  (engine) => {
    it.each([true, false])('can be erased too, and leaves no id, with an account: %s', async (hasAccount) => {
      const test = await createLog(engine)
      onTestFinished(test.close)
      const { store, log } = test
      const account = {
        id: 'child',
        username: 'child',
        name: 'Child',
        password_hash: 'x',
        practitioner: null,
      }
      if (hasAccount)
        await store.write((trx) =>
          trx
            .insertInto('account')
            .values({ ...account, role: 'patient', patient: 'child' })
            .execute(),
        )
      const agent = { address: '192.0.2.7', accountId: 'parent', fhirUser: 'Patient/parent' }
      await appendOne(log.store, 'child', { agent })
      await log.sign()
      const erase = async (patient: string) => {
        const erasable = await findErasable(store.db, unknown(patient))
        await erasePerson(store, unknown(patient), test.signing())
        return erasable
      }
      const named = async () => {
        const entries = await store.db
          .selectFrom('audit_event')
          .select(['subtype', 'salt'])
          .where('patient', '=', 'child')
          .execute()
        const counted = await store.db
          .selectFrom('audit_patient')
          .select('entries')
          .where('patient', '=', 'child')
          .execute()
        return { entries, counted }
      }
      expect(await erase('parent')).toMatchObject({ entries: 1 })
      expect(await named()).toMatchObject({
        entries: [{ subtype: 'search', salt: null }],
        counted: [{ entries: 1 }],
      })
      await wipeMarked(store)

      expect(await erase('child')).toMatchObject({ entries: 1 })
      // A person who can sign in is told that their list began anew.
      expect(await named()).toMatchObject(
        hasAccount
          ? { entries: [{ subtype: 'erasure' }], counted: [{ entries: 1 }] }
          : { entries: [], counted: [] },
      )
      expect(await isUnwiped(store.db)).toBe(true)
      expect(await erase('child')).toBeUndefined()
      await log.sign()
      expect(await verifyLog(store.db, await readLogKey(test.database.logKey))).toMatchObject({ waiting: 0 })
    })
  },
)
