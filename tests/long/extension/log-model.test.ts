import { afterEach, expect, it } from 'vitest'
import { hastenHashes } from '../../fixtures/hastened-hashes.ts'
import { playWorlds, stepsTaken } from '../../fixtures/log-commands.ts'
import { endWorlds, prepareWorlds } from '../../fixtures/log-model.ts'

hastenHashes()

afterEach(endWorlds)

it('J50 J51 J53 every access by others is announced once, and no known entry disappears without a word, whatever happens', {
  timeout: 120_000,
}, async () => {
  await playWorlds(await prepareWorlds(), { worlds: 12, seed: 25 })
  expect(stepsTaken()).toBeGreaterThan(200)
})

// Found by the model: a list that goes on from a page further down ended below the gap, and was called complete.
it('J51 a list that begins below the highest number that is known takes no alarm back', async () => {
  const begin = await prepareWorlds()
  const world = await begin({
    ...{ seed: -993614042, skew: 0 },
    first: { waits: 1, acts: ['look', 'look', 'withhold', 'look', 'look'] },
  })
  await world.conceal({
    waits: 2,
    acts: ['look', 'look', 'look', 'narrow', 'look', 'withdraw', 'look', 'look'],
  })
  await world.conceal({ waits: 0, acts: ['look', 'narrow', 'look'] })
})
