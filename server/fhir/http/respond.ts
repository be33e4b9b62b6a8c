import { type Config, fhirBase } from '../../config.ts'
import type { PresentedToken } from '../../grants/presented-token.ts'
import { answer } from './answer.ts'
import { requireAuthorization } from './authenticate.ts'
import type { FhirReply } from './reply.ts'
import type { AnswerDeps, FhirRequest, Trail } from './request.ts'
import { respondToBatch } from './respond-to-batch.ts'

/**
 * The answer to a request: first of all, who asks.
 *
 * @throws FhirError
 */
export const respond = async (request: FhirRequest, deps: AnswerDeps, trail: Trail): Promise<FhirReply> => {
  const authorization = await requireAuthorization(deps.store, presented(request, deps.config), deps.clock())
  trail.authorization = authorization
  return request.interaction.kind === 'batch'
    ? respondToBatch(request, authorization, deps, trail)
    : answer(request, authorization, deps, trail)
}

const presented = ({ method, path, authorization, dpop }: FhirRequest, config: Config): PresentedToken => {
  const base = fhirBase(config)
  return { method, authorization, dpop, url: path === '' ? base : `${base}/${path}` }
}
