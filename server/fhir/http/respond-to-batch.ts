import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import { FhirError, serverBusy } from '../../fhir-error.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { turnOfOthers } from '../../turns.ts'
import { ANSWER_BUDGET } from '../access/answer-budget.ts'
import { MOST_CONCERNED } from '../access/disclosure.ts'
import type { ResourceSource } from '../access/source.ts'
import { accessesOf, sizeOfAccess } from './access-entry.ts'
import { answer, permit } from './answer.ts'
import { batchEntries, entryRequest } from './batch-request.ts'
import { type BatchAnswer, batchResponseBody } from './bundle.ts'
import { type Exchange, exchangeOf } from './exchange.ts'
import type { Interaction } from './interaction.ts'
import { type FhirReply, sizeOf, toReply } from './reply.ts'

/**
 * Answers a batch (R4 RESTful API, 3.1.0.11.1), entry by entry on the path of a single request, each with its own answer and its
 * own entry in the log. No entry gains permissions from another. An entry that cannot begin in time gets a 503.
 *
 * @throws FhirError when the batch as a whole is refused.
 */
export const respondToBatch = async (
  exchange: Exchange,
  authorization: Authorization,
  source: ResourceSource,
  text: string,
): Promise<FhirReply> => {
  const { request, answering } = exchange
  const { base, toFhirError } = answering
  const done: { readonly answer: BatchAnswer; readonly accesses: readonly LoggedAccess[] }[] = []
  let size = 0
  let accessCount = 0
  const waiting = batchEntries(text).entries()
  const answerNext = async (): Promise<void> => {
    for (const [at, entry] of waiting) {
      // Other requests are answered between two entries, before the next one is read.
      await turnOfOthers()
      if (answering.share.left.aborted) return
      const asked = entryRequest(entry, request, base)
      const one = exchangeOf(asked, answering, authorization)
      const outcome =
        size > ANSWER_BUDGET.batch || accessCount > MOST_CONCERNED
          ? tooCostly()
          : performance.now() > answering.share.until
            ? serverBusy()
            : await answerEntry(one, authorization, source).catch(toFhirError)
      const accesses = accessesOf(one, outcome)
      accessCount += accesses.length
      const reply = toReply(outcome)
      size += accesses.reduce((sum, access) => sum + sizeOfAccess(access), sizeOf(reply.body))
      done[at] = { answer: { ...reply, ...addressOf(asked.interaction, base) }, accesses }
    }
  }
  await Promise.all(Array.from({ length: source.atOnce ?? 1 }, answerNext))
  // In the order that was asked for; there are none for a client who left.
  const inOrder = done.flat()
  if (accessCount > 0) exchange.entries = inOrder.flatMap(({ accesses }) => accesses)
  return { status: 200, headers: {}, body: batchResponseBody(inOrder.map(({ answer }) => answer)) }
}

const answerEntry = async (
  entry: Exchange,
  authorization: Authorization,
  source: ResourceSource,
): Promise<FhirReply> => answer(entry, permit(entry, authorization, source))

const addressOf = (interaction: Interaction, base: string): { fullUrl?: string } =>
  interaction.kind === 'read' ? { fullUrl: `${base}/${interaction.type}/${interaction.id}` } : {}

const tooCostly = (): FhirError =>
  new FhirError(
    413,
    'too-costly',
    'too_costly',
    'The batch has grown too large; ask for this entry in another.',
  )
