import { test } from 'vitest'
import { expectSaidIsReturned } from '../fixtures/said-is-returned.ts'
import { engines } from '../fixtures/store.ts'

test.each(engines)(
  'J04 what the consent page says of 2,000 scopes is what the API returns, on %s',
  async (engine) => {
    await expectSaidIsReturned(engine, { scopes: 2000, readings: 190, seed: Date.now() })
  },
  600_000,
)
