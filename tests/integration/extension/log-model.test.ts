import { afterEach, expect, it } from 'vitest'
import { playWorlds, stepsTaken } from '../../fixtures/log-commands.ts'
import { endWorlds, prepareWorlds } from '../../fixtures/log-model.ts'

afterEach(endWorlds)

it('J50 J51 J53 every access by others is announced once, and no known entry disappears without a word, whatever happens', {
  timeout: 120_000,
}, async () => {
  await playWorlds(await prepareWorlds(), { worlds: 12, seed: 25 })
  expect(stepsTaken()).toBeGreaterThan(200)
})
