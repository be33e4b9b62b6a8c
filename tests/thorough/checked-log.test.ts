import { expect, it } from 'vitest'
import { storeChecked } from '../../server/audit/checkpoint/log-key.ts'
import { openLogKey } from '../../server/audit/open-log-key.ts'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import { engines } from '../fixtures/store.ts'
import { appendOne, createLog } from '../integration/audit/logged.ts'

const ENTRIES = 20_000
const AT_ONCE = 500

it.each(engines)(
  'J08 a start reads only the entries since the last check, on %s: a twentieth of the time for a hundredth of the log',
  { timeout: 300_000 },
  async (engine) => {
    const test = await createLog(engine)
    const { store, log } = test
    const append = async (entries: number) => {
      for (let done = 0; done < entries; done += AT_ONCE)
        await Promise.all(
          Array.from({ length: Math.min(AT_ONCE, entries - done) }, (_, at) =>
            appendOne(log.store, ['ana', 'ben', undefined][at % 3]),
          ),
        )
      return log.sign()
    }
    const checked = await append(ENTRIES)
    await append(ENTRIES / 100)
    const { key } = test.signing()
    const timeOf = async (work: () => Promise<unknown>) => {
      const before = process.cpuUsage()
      await work()
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    await storeChecked(test.database.logKey, key, checked)
    const start = await timeOf(() => openLogKey({ store, logKey: { file: test.database.logKey } }))
    const whole = await timeOf(() => verifyLog(store.db, key))
    expect(start / whole).toBeLessThan(1 / 20)
    await test.close()
  },
)
