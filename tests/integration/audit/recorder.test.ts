import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoggedAccess } from '../../../server/audit/entry/access-event.ts'
import { createRecorder, type Recorder } from '../../../server/audit/write/recorder.ts'
import type { Db } from '../../../server/store/schema.ts'
import { engines } from '../../fixtures/store.ts'
import { config, createLog, type TestLog } from './logged.ts'

const access = (requestId: string): LoggedAccess => ({
  kind: 'account',
  requestId,
  outcome: 'success',
  agent: { address: '192.0.2.7', accountId: 'anna', accountName: 'Anna' },
  patients: [],
})

describe.each(engines)('the recorder, on %s', (engine) => {
  let test: TestLog
  let recorder: Recorder
  let now = Date.now()
  beforeAll(async () => {
    test = await createLog(engine)
    recorder = createRecorder({ config, store: test.log.store, clock: () => now++ })
  })
  afterAll(() => test.close())

  const set = (name: string) => async (trx: Db) => {
    await trx.insertInto('setting').values({ name, value: '' }).execute()
  }
  const isSet = async (name: string) =>
    (await test.store.db.selectFrom('setting').select('name').where('name', '=', name).execute()).length > 0
  const times = async (...requests: string[]) => {
    const rows = test.store.db
      .selectFrom('audit_event')
      .select('recorded')
      .where('request_id', 'in', requests)
    return (await rows.execute()).map(({ recorded }) => recorded)
  }

  it('keeps a change and its entries, dated after whatever the change waited for', async () => {
    await recorder.record([access('kept-1'), access('kept-2')], async (trx) => {
      await set('kept')(trx)
      now += 60_000
    })
    expect(await isSet('kept')).toBe(true)
    expect(await times('kept-1', 'kept-2')).toEqual([now - 1, now - 1])
  })

  it('keeps no entry of a change that fails', async () => {
    const failing = recorder.record(access('failed'), async (trx) => {
      await set('failed')(trx)
      throw new Error('not this one')
    })
    await expect(failing).rejects.toThrow('not this one')
    expect([await isSet('failed'), await times('failed')]).toEqual([false, []])
  })

  it('keeps no change whose entry fails', async () => {
    const unwritable = { ...access('unwritable'), period: { start: Number.NaN, end: Number.NaN } }
    await expect(recorder.record(unwritable, set('unwritable'))).rejects.toThrow()
    expect([await isSet('unwritable'), await times('unwritable')]).toEqual([false, []])
  })

  it('counts the refusal of a stranger, by network and reason', async () => {
    await recorder.recordRefusal({ id: 'refused', ip: '203.0.113.9' }, 'sign-in', 'foreign_form')
    const rows = await test.store.db
      .selectFrom('refused_request')
      .select(['network', 'kind', 'reason', 'requests'])
      .where('network', '=', '203.0.113.0/24')
      .execute()
    expect(rows).toEqual([
      { network: '203.0.113.0/24', kind: 'sign-in', reason: 'foreign_form', requests: 1 },
    ])
    expect(await times('refused')).toEqual([])
  })
})
