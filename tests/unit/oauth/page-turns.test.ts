import { expect, test } from 'vitest'
import { createPageTurns } from '../../../server/oauth/account/page-turns.ts'

const ANNA = { id: 'anna', name: 'Anna', role: 'patient' } as const
const BERT = { id: 'bert', name: 'Bert', role: 'patient' } as const

test('J13 pages of one account are made one after another, in turns of the event loop of their own', async () => {
  let turn = 0
  const countTurns = () => {
    turn += 1
    next = setImmediate(countTurns)
  }
  let next = setImmediate(countTurns)
  const inTurn = createPageTurns()
  const turnOf = (account: typeof ANNA | typeof BERT) => inTurn(account, async () => turn)
  const [first, failed, second, other] = await Promise.all([
    turnOf(ANNA),
    inTurn(ANNA, () => Promise.reject(new Error('it failed'))).catch(() => turn),
    turnOf(ANNA),
    turnOf(BERT),
  ])
  clearImmediate(next)
  expect(new Set([0, first, failed, second]).size).toBe(4)
  expect(other).toBe(first)
})
