import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LIMITS } from '../../../server/oauth/account/rate-limit.ts'
import { createClientTries } from '../../../server/oauth/clients/client-tries.ts'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const { failures: LIMIT, seconds } = LIMITS.client

describe.each(engines)('F10 tries of an application, on %s', (engine) => {
  const bucket = { limit: 'client', value: 'chart 192.0.2.7/32' } as const
  let now = Date.now()
  let database: TestDatabase
  let store: Store
  let tries: ReturnType<typeof createClientTries>
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    tries = createClientTries({ store, clock: () => now })
  })
  afterEach(async () => {
    await tries.close()
    await store.close()
    await database.close()
  })

  const counted = async () =>
    (await store.db.selectFrom('rate_limit').select('failures').execute()).map(({ failures }) => failures)
  /** Runs checks one after the other. Returns how many tries were counted while each ran. */
  const run = async (outcomes: readonly boolean[]) => {
    const counts: number[] = []
    for (const outcome of outcomes)
      await tries.run(bucket, async () => {
        counts.push(...(await counted()))
        return outcome
      })
    return counts
  }

  it('are counted while they are checked, and one that succeeded is counted for the next', async () => {
    expect(await run([true, true, false, true])).toEqual([1, 1, 1, 2])
    await tries.close()
    expect(await counted()).toEqual([1])
  })

  it('are uncounted soon after the last request', async () => {
    await run([true])
    await expect.poll(counted).toEqual([0])
  })

  it('count towards the limit if they failed, whatever succeeded in between', async () => {
    const outcomes = Array.from({ length: 3 * LIMIT }, (_, n) => n % 2 === 0)
    expect(await run(outcomes)).toHaveLength(2 * LIMIT)
  })

  it('are counted anew in the next period', async () => {
    await run([true])
    now += seconds * 1000
    expect(await run(Array.from({ length: 2 * LIMIT }, () => false))).toHaveLength(LIMIT)
  })

  it('serve one request each', async () => {
    await run([true])
    let running = 0
    const isShared = Promise.withResolvers<void>()
    const checks = Array.from({ length: 30 }, () =>
      tries.run(bucket, async () => {
        running += 1
        if (running > 1) isShared.resolve()
        await isShared.promise
        // Others may start while this is read.
        const atLeast = running
        expect((await counted())[0]).toBeGreaterThanOrEqual(atLeast)
        running -= 1
        return true
      }),
    )
    expect(await Promise.all(checks)).toEqual(checks.map(() => undefined))
    expect((await counted())[0]).toBeLessThanOrEqual(LIMIT / 2)
  })
})
