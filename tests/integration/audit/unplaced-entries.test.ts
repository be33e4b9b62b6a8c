import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { treeSize } from '../../../server/audit/stored-tree.ts'
import { runVerify } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import { createLog, insertWaiting, type TestLog } from './logged.ts'

/** More than the sequencer takes at a time. */
const MANY = 300

/** Somebody who can write to the database, but has no key, keeps entries from their places under a running server. */
describe.each(engines)('an entry without a place, on %s', { timeout: 60_000 }, (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
    await test.append('ana', 'ben')
    await test.log.sign()
  })
  afterEach(() => test.close())

  const queue = (...seqs: number[]) =>
    test.store.write((trx) =>
      trx
        .insertInto('audit_queue')
        .values(seqs.map((seq) => ({ seq })))
        .execute(),
    )
  const verify = async () => {
    const { url, logKey } = test.database
    return (await runVerify(['--db', url, '--log-key', logKey])).last
  }

  it('J08 is not held back by rows of the queue that name no entry', async () => {
    await queue(...Array.from({ length: MANY }, (_, at) => at - MANY), 2 ** 40)
    await test.append('ana', undefined, 'ben')
    if (engine === 'sqlite') expect(await treeSize(test.store.db), 'placed at once').toBe(5)
    await insertWaiting(test.store, 'ana')
    await test.append('ben')
    expect(await test.log.sign()).toMatchObject({ size: 7 })
    expect(await verify()).toMatch(
      /^removed: the queue names an entry written as -?\d+, which does not exist/,
    )
  })
})
