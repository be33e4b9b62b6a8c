import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../../server/config.ts'
import { openSource } from '../../../server/sources/open-source.ts'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

describe.each(engines)('J13 reads of one person, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await store.close()
    await database.close()
  })

  it('make a pause only where they hold everybody up', async () => {
    const config = { source: { kind: 'embedded' } } as Config
    const { source } = await openSource({ config, clock: Date.now, store, report: () => undefined })
    const read = () =>
      source
        .askedBy({ holder: { name: 'anna' }, left: new AbortController().signal })
        .read('Patient', 'a', [{}])
    const took = 1_234
    let readings = 0
    vi.spyOn(performance, 'now').mockImplementation(() => ++readings * took)
    const setTimer = vi.spyOn(globalThis, 'setTimeout')
    await read()
    const pauses = setTimer.mock.calls.filter(([, milliseconds]) => milliseconds === took)
    expect(pauses).toHaveLength(engine === 'sqlite' ? 1 : 0)
  })
})
