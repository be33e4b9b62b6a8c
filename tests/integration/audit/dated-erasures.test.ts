import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { erasePerson } from '../../../server/audit/erase/erase.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import type { Store } from '../../../server/store/store.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, config, createLog, insertWaiting, type TestLog, unknown } from './logged.ts'

const ENTRIES = 150
const MINUTE = 60_000

describe.each(engines)('J09 an erasure that takes minutes, on %s', { timeout: 60_000 }, (engine) => {
  let test: TestLog
  let now: number
  beforeEach(async () => {
    test = await createLog(engine)
    now = Date.now()
    const about = Array.from({ length: ENTRIES }, () => accessAbout('ana'))
    await createRecorder({ config, store: test.log.store, clock: () => now }).record(about)
    await test.log.sign()
  })
  afterEach(() => test.close())

  /** Before each transaction of the erasure, more than a minute passes, and something else is logged. */
  const eraseBeside = async (logOther: () => Promise<unknown>, clock: () => number) => {
    let transactions = 0
    const store: Store = {
      ...test.store,
      write: async (work) => {
        transactions++
        await logOther()
        now += MINUTE + 1_000
        return test.store.write(work)
      },
    }
    const { key } = test.signing()
    expect(await erasePerson(store, unknown('ana'), { config, key, clock })).toBe(ENTRIES)
    expect(transactions).toBeGreaterThan(1)
    await test.log.sign()
    return verifyLog(test.store.db, await readLogKey(test.database.logKey))
  }

  it('dates each part when it is logged', async () => {
    const started = now
    const verified = await eraseBeside(
      async () => undefined,
      () => now,
    )
    expect(verified).toMatchObject({ erased: ENTRIES })
    const rows = await test.store.db
      .selectFrom('audit_event')
      .select('recorded')
      .where('subtype', '=', 'erasure')
      .orderBy('seq')
      .execute()
    expect(rows.map(({ recorded }) => recorded - started)).toEqual([61_000, 122_000])
  })

  it('dates nothing before what a server logged meanwhile, whose clock is ahead', async () => {
    const started = now
    const server = createRecorder({ config, store: test.log.store, clock: () => now })
    const logOther = async () => {
      await server.record(accessAbout('ben'))
      await test.log.sign()
    }
    expect(await eraseBeside(logOther, () => started)).toMatchObject({ erased: ENTRIES })
  })

  it('does not overtake what another command logged meanwhile, which waits for its place', async () => {
    const logOther = () => insertWaiting(test.store, undefined, now)
    expect(await eraseBeside(logOther, () => now)).toMatchObject({ erased: ENTRIES })
  })
})
