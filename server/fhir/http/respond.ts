import { type Config, fhirBase } from '../../config.ts'
import type { PresentedToken } from '../../grants/presented-token.ts'
import { ANSWER_BUDGET } from '../access/answer-budget.ts'
import { holderOfToken } from '../access/source.ts'
import { answer, permit } from './answer.ts'
import { type Exchange, type FhirRequest, requireAuthorization } from './exchange.ts'
import { requireJson } from './negotiate.ts'
import { type RequestBody, readBody } from './read-body.ts'
import { type FhirReply, heldBy } from './reply.ts'
import { respondToBatch } from './respond-to-batch.ts'

/**
 * Authenticates the caller, reads the body, then answers the request as soon as there is memory for its answer. A body that comes
 * slowly holds none of that memory, because it is read before, and what is done with memory set aside never sees it. What has come of
 * it counts by itself.
 *
 * @throws FhirError when the request is refused.
 */
export const respond = async (exchange: Exchange, body: RequestBody): Promise<FhirReply> => {
  const { request, parameters, answering } = exchange
  const authorization = await requireAuthorization(exchange, presentedTokenOf(request, answering.config))
  const holder = holderOfToken(authorization)
  const source = answering.source.askedBy({ holder, left: answering.share.left })
  const count = (size: number) => answering.share.receive(holder, size)
  const hold = (most: number, work: () => Promise<FhirReply>) =>
    answering.share.hold(holder, most, work, (reply) => heldBy(reply.body))
  if (request.interaction.kind === 'batch') {
    requireJson(request.accept, parameters.get('_format'))
    const batch = await readBody(body, ['application/fhir+json', 'application/json'], count)
    return hold(ANSWER_BUDGET.batch, () => respondToBatch(exchange, authorization, source, batch))
  }
  const permitted = permit(exchange, authorization, source)
  const { interaction } = permitted
  const isForm = interaction.kind === 'search' && interaction.by === 'POST'
  const form = isForm ? await readBody(body, ['application/x-www-form-urlencoded'], count) : ''
  return hold(ANSWER_BUDGET.single, () => answer(exchange, permitted, form))
}

const presentedTokenOf = (
  { method, path, authorization, dpop }: FhirRequest,
  config: Config,
): PresentedToken => {
  const base = fhirBase(config)
  return { method, authorization, dpop, url: path === '' ? base : `${base}/${path}` }
}
