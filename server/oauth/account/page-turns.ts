import type { Account } from '../../grants/authorization.ts'
import { turnOfOthers } from '../../turn-of-others.ts'
import { createTurns } from '../clients/turns.ts'

/**
 * Returns a function that makes one page of an account at a time, in a turn of the event loop of its own: however many pages one person
 * opens at once, others are answered between two of them.
 */
export const createPageTurns = () => {
  const takeTurn = createTurns(1)
  return async <Page>({ id }: Account, makePage: () => Promise<Page>): Promise<Page> => {
    const endTurn = await takeTurn(id)
    try {
      await turnOfOthers()
      return await makePage()
    } finally {
      endTurn()
    }
  }
}
