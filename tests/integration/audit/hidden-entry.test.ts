import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { erasePerson } from '../../../server/audit/erase/erase.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, appendOne, createLog, type TestLog, unknown } from './logged.ts'

describe.each(engines)('an erased entry about a patient, on %s', (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
    await test.append('ben', 'ben')
    const agent = { ...accessAbout('ben').agent, accountId: 'cleo' }
    await appendOne(test.log.store, 'ben', { agent })
    await test.log.sign()
    await erasePerson(test.store, { ...unknown('cleo'), accounts: ['cleo'] }, test.signing())
    await test.log.sign()
  })
  afterEach(() => test.close())

  it('is missed if somebody takes it out of that patient’s list', async () => {
    const key = await readLogKey(test.database.logKey)
    const verify = () => verifyLog(test.store.db, key).then(() => 'sound', String)
    expect(await verify()).toBe('sound')
    const erased = await test.store.db
      .selectFrom('audit_event')
      .select(['seq', 'patient'])
      .where('salt', 'is', null)
      .execute()
    expect(erased.map(({ patient }) => patient)).toEqual(['ben'])
    await test.store.write(async (trx) => {
      await trx
        .updateTable('audit_event')
        .set({ patient: null })
        .where('seq', '=', erased[0]?.seq ?? 0)
        .execute()
      await trx.updateTable('audit_patient').set({ entries: 2 }).where('patient', '=', 'ben').execute()
    })
    expect(await verify()).toMatch(/is number 3 about a patient, but is in nobody's list/)
    await test.append('ben')
    await test.log.sign()
    expect(await verify()).toMatch(/is number 3 about a patient, but is in nobody's list/)
  })
})
