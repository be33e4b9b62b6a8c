import { type Config, fhirBase } from '../../config.ts'
import type { Authorization } from '../../grants/authorization.ts'
import type { PresentedToken } from '../../grants/presented-token.ts'
import { answer } from './answer.ts'
import { ANSWER_BUDGET } from './answer-budget.ts'
import { requireAuthorization } from './authenticate.ts'
import type { Exchange, FhirRequest } from './exchange.ts'
import { type FhirReply, heldBy } from './reply.ts'
import { readBatch, respondToBatch } from './respond-to-batch.ts'

/**
 * Authenticates the caller, then answers the request as soon as there is memory for its answer.
 *
 * @throws FhirError when the request is refused.
 */
export const respond = async (exchange: Exchange): Promise<FhirReply> => {
  const { request, answering } = exchange
  const authorization = await requireAuthorization(exchange, presentedTokenOf(request, answering.config))
  // A body that comes slowly holds no memory for its answer.
  const batch = request.interaction.kind === 'batch' ? await readBatch(exchange) : undefined
  return answering.share.hold(
    sharerOf(authorization),
    batch === undefined ? ANSWER_BUDGET.single : ANSWER_BUDGET.batch,
    () =>
      batch === undefined ? answer(exchange, authorization) : respondToBatch(exchange, authorization, batch),
    ({ body }) => heldBy(body),
  )
}

/** The person over all their applications and sign-ins, or the application that acts for itself. */
const sharerOf = ({ account, clientId }: Authorization): string =>
  account ? `account ${account.id}` : `client ${clientId}`

const presentedTokenOf = (
  { method, path, authorization, dpop }: FhirRequest,
  config: Config,
): PresentedToken => {
  const base = fhirBase(config)
  return { method, authorization, dpop, url: path === '' ? base : `${base}/${path}` }
}
