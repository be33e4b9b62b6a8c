import { test } from 'vitest'
import { expectSaidIsReturned } from '../../fixtures/said-is-returned.ts'
import { engines } from '../../fixtures/store.ts'

test.each(engines)(
  'J04 what the consent page says of a scope is what the API returns, on %s',
  async (engine) => {
    await expectSaidIsReturned(engine, { scopes: 60, readings: 80, seed: Date.now() })
  },
)
