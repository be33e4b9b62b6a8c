import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { erasePerson, findErasable } from '../../../server/audit/erase.ts'
import { findLogKey } from '../../../server/audit/log-key.ts'
import { verifyLog } from '../../../server/audit/verify-log.ts'
import { engines } from '../../fixtures/store.ts'
import { createLog, type TestLog } from './logged.ts'

/** The server's own address stands in every entry: `http://localhost:3100/fhir`. */
const PEOPLE = {
  'whose name is made of words of the server’s address': { values: [], names: ['Http Fhir'] },
  'whose record number is its port': { values: ['3100'], names: [] },
}

describe.each(engines)('F30 the erasure of a person, on %s,', (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
  })
  afterEach(() => test.close())

  it.each(Object.entries(PEOPLE))('%s takes nothing from the entries about others', async (_who, known) => {
    await test.append('ana', 'ben', undefined)
    await test.log.sign()
    const person = { patient: 'zed', accounts: [], ...known }
    expect(await findErasable(test.store.db, person)).toBeUndefined()
    await test.append('zed')
    await test.log.sign()
    expect(await erasePerson(test.store, person, test.signing())).toBe(1)
    await test.log.sign()
    const { count } = await test.store.db
      .selectFrom('audit_event')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('salt', 'is', null)
      .executeTakeFirstOrThrow()
    expect(Number(count)).toBe(1)
    expect(await verifyLog(test.store.db, await findLogKey(test.database.logKey))).toMatchObject({
      waiting: 0,
    })
  })

  it('whose record number stands in an earlier erasure takes nothing from that', async () => {
    await test.append('ana', 'ben')
    await test.log.sign()
    await erasePerson(test.store, { patient: 'ana', accounts: [], values: [], names: [] }, test.signing())
    await test.log.sign()
    const { json } = await test.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'erasure')
      .where('patient', 'is', null)
      .executeTakeFirstOrThrow()
    const values = json.match(/[\p{L}\p{N}]{4,}/gu) ?? []
    expect(values.length).toBeGreaterThan(3)
    await erasePerson(test.store, { patient: 'ben', accounts: [], values, names: [] }, test.signing())
    await test.log.sign()
    expect(await verifyLog(test.store.db, await findLogKey(test.database.logKey))).toMatchObject({
      waiting: 0,
    })
  })
})
