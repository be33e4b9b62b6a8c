import { afterEach, expect, it } from 'vitest'
import { playWorlds, stepsTaken } from '../fixtures/log-commands.ts'
import { endWorlds, prepareWorlds } from '../fixtures/log-model.ts'

const STEPS = 10_000

afterEach(endWorlds)

it('J50 J51 J53 every access by others is announced once, and no known entry disappears without a word, in 10,000 steps', {
  timeout: 1_800_000,
}, async () => {
  const begin = await prepareWorlds()
  // Another one each time, to find what nobody thought of; a failure prints it.
  const seed = Date.now() % 2 ** 31
  for (let round = 0; stepsTaken() < STEPS; round++)
    await playWorlds(begin, { worlds: 50, seed: seed + round })
  expect(stepsTaken()).toBeGreaterThanOrEqual(STEPS)
})
