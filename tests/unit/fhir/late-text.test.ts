import { expect, it } from 'vitest'
import { streamTexts } from '../../../server/fhir/search/late-text.ts'
import { countTurns } from '../../fixtures/count-turns.ts'

it('C05 others have their turn between texts of 32 kB together, also if nobody waits for them to be sent', async () => {
  const entries = Array.from({ length: 40 }, (_, at) => ({
    type: 'List',
    id: `l${at}`,
    json: 'x'.repeat(16_384),
  }))
  const turns = countTurns()
  const between: number[] = []
  let before = turns.turn()
  for await (const _ of streamTexts(undefined as never, entries as never)) {
    between.push(turns.turn() - before)
    before = turns.turn()
  }
  turns.stop()
  expect(between.filter((count) => count > 1)).toHaveLength(19)
})
