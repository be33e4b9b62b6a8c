import type { FastifyReply } from 'fastify'
import type { Account } from '../grants/authorization.ts'
import { createTurns, turnOfOthers } from '../turns.ts'

/** A page waits 5 s at most, because a connection that is silent for 10 s is closed. */
const TURNS = { all: Number.POSITIVE_INFINITY, holder: 1, line: 500, wait: 5_000 }

/**
 * Returns a function that makes one page of an account at a time, in a turn of the event loop of its own: however many pages one person
 * opens at once, others are answered between two of them. A page whose reader has left before its turn is not made.
 *
 * @throws FhirError 503 when too many pages of the account wait, or its reader has left.
 */
export const createPageTurns = () => {
  const turns = createTurns(TURNS)
  return <Page>(
    { id }: Account,
    { raw, request }: FastifyReply,
    makePage: () => Promise<Page>,
  ): Promise<Page> => {
    const left = new AbortController()
    // A change is made, whoever waits for its page.
    if (request.method !== 'POST') raw.once('close', () => left.abort())
    const make = async () => {
      await turnOfOthers()
      return makePage()
    }
    return turns.run({ name: id }, make, left.signal)
  }
}
