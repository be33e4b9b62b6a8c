import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClientTries } from '../../../server/oauth/clients/client-tries.ts'
import { LIMITS } from '../../../server/sign-in/secrets/rate-limit.ts'
import type { Store } from '../../../server/store/store.ts'
import { startOrganization } from '../../fixtures/organization.ts'
import { asResourceServer, registerResourceServer } from '../../fixtures/resource-server.ts'
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
      await tries.run([bucket], async () => {
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
      tries.run([bucket], async () => {
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

it('J13 while tries of an application cannot be counted, few wait, and the next are told to try again', async () => {
  const organization = await startOrganization({ demo: 'riverside' })
  const { store } = organization
  await registerResourceServer(store)
  const ask = () =>
    fetch(`${organization.url}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: asResourceServer },
      body: new URLSearchParams({ token: 'nobodys' }),
    })
  expect((await ask()).status).toBe(200)
  const hold = Promise.withResolvers<void>()
  const holding = store.write(() => hold.promise)
  const answers = Array.from({ length: 700 }, ask)
  const first = await Promise.race(answers)
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await first.json()).toMatchObject({ error: 'temporarily_unavailable' })
  hold.resolve()
  await holding
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  // None of those who came first was refused because it waited for too long.
  expect(new Set(statuses.slice(0, 300))).toEqual(new Set([200]))
  await organization.close()
})
