import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogPages } from '../../../server/oauth/account/log-entries.ts'
import { ENGLISH } from '../../../server/pages/locale.ts'
import { holdResults } from '../../fixtures/hold-results.ts'
import { engines } from '../../fixtures/store.ts'
import { createLog, type TestLog } from '../audit/logged.ts'

describe.each(engines)('“Who read my record”, on %s', (engine) => {
  let test: TestLog
  beforeAll(async () => {
    test = await createLog(engine)
    await test.append('anna', 'bert', 'anna')
  })
  afterAll(() => test.close())

  it('J13 one page about a patient is read at a time, whoever else reads theirs', async () => {
    const { plugin, held, open } = holdResults()
    const page = createLogPages({ db: test.store.db.withPlugin(plugin) })
    const read = (patient: string) => page(patient, undefined, ENGLISH)
    const reading = [...['anna', 'anna', 'anna', 'bert'].map(read)]
    await expect.poll(() => held.length).toBe(2)
    await sleep(100)
    expect(held).toHaveLength(2)
    open()
    const pages = await Promise.all(reading)
    expect(pages.map(({ entries }) => entries.length)).toEqual([2, 2, 2, 1])
  })

  it('J13 a page that cannot be read makes room for the next', async () => {
    const page = createLogPages(test.store)
    const withoutWords = { ...ENGLISH, words: undefined as never }
    await expect(page('anna', undefined, withoutWords)).rejects.toThrow()
    expect((await page('anna', undefined, ENGLISH)).entries).toHaveLength(2)
  })
})
