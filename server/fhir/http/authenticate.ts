import { badRequest, FhirError } from '../../fhir-error.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { type PresentedToken, requirePresentedToken, TokenRefused } from '../../grants/presented-token.ts'
import type { Exchange } from './exchange.ts'

/**
 * Returns the authorization that the presented token stands for, and notes it for the access log.
 *
 * @throws FhirError 401 when the token or its proof of possession is missing or not valid.
 */
export const requireAuthorization = async (
  exchange: Exchange,
  token: PresentedToken,
): Promise<Authorization> => {
  try {
    const { answering } = exchange
    exchange.authorization = await requirePresentedToken(answering, token, answering.clock())
    return exchange.authorization
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error
    const { code, message, challenge, held } = error
    if (held) exchange.held = held
    throw new FhirError(401, 'login', code, message, { 'www-authenticate': challenge })
  }
}

/** @throws FhirError 400 when a token is among the parameters, because an address ends up in logs and histories (RFC 6750, 2.3). */
export const requireNoToken = (parameters: URLSearchParams): void => {
  if (parameters.has('access_token')) throw badRequest('A token is taken from the Authorization header only.')
}
