import type { Account } from '../../grants/authorization.ts'
import { turnOfOthers } from '../../turn-of-others.ts'
import { createTurns } from '../../turns.ts'

/** A page waits 5 s at most, because a connection that is silent for 10 s is closed. */
const TURNS = { all: Number.POSITIVE_INFINITY, holder: 1, line: 500, wait: 5_000 }

/**
 * Returns a function that makes one page of an account at a time, in a turn of the event loop of its own: however many pages one person
 * opens at once, others are answered between two of them.
 *
 * @throws FhirError 503 when too many pages of the account wait.
 */
export const createPageTurns = () => {
  const turns = createTurns(TURNS)
  return <Page>({ id }: Account, makePage: () => Promise<Page>): Promise<Page> =>
    turns.run(id, async () => {
      await turnOfOthers()
      return makePage()
    })
}
