import { type Config, fhirBase } from '../../config.ts'
import type { PresentedToken } from '../../grants/presented-token.ts'
import { answer } from './answer.ts'
import { requireAuthorization } from './authenticate.ts'
import type { Exchange, FhirRequest } from './exchange.ts'
import type { FhirReply } from './reply.ts'
import { respondToBatch } from './respond-to-batch.ts'

/**
 * Authenticates the caller, then answers the request.
 *
 * @throws FhirError when the request is refused.
 */
export const respond = async (exchange: Exchange): Promise<FhirReply> => {
  const { request, answering } = exchange
  const authorization = await requireAuthorization(exchange, presentedTokenOf(request, answering.config))
  return request.interaction.kind === 'batch'
    ? respondToBatch(exchange, authorization)
    : answer(exchange, authorization)
}

const presentedTokenOf = (
  { method, path, authorization, dpop }: FhirRequest,
  config: Config,
): PresentedToken => {
  const base = fhirBase(config)
  return { method, authorization, dpop, url: path === '' ? base : `${base}/${path}` }
}
