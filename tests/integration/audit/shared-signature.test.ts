import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../../../server/audit/checkpoint/checkpoint.ts'
import { engines } from '../../fixtures/store.ts'
import { appendOne, createLog, type TestLog } from './logged.ts'

describe.each(engines)('a signature that somebody waits for, on %s', (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
  })
  afterEach(() => test.close())

  it('D09 is shared by all who wait for it to begin', async () => {
    const checkpoints = await Promise.all(Array.from({ length: 100 }, () => test.log.sign()))
    expect(new Set(checkpoints).size).toBe(1)
  })

  it('D09 covers every entry that was written before somebody asked, also if another one is under way', async () => {
    const signed: Promise<Checkpoint>[] = []
    for (let written = 1; written <= 30; written++) {
      await appendOne(test.log.store, 'ana')
      signed.push(
        test.log.sign().then((checkpoint) => {
          expect(checkpoint.size).toBeGreaterThanOrEqual(written)
          return checkpoint
        }),
      )
    }
    await Promise.all(signed)
  })
})
