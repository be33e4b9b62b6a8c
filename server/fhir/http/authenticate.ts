import { FhirError } from '../../fhir-error.ts'
import type { Authorization } from '../../grants/authorization.ts'
import type { GrantDeps } from '../../grants/find-authorization.ts'
import { type PresentedToken, requirePresentedToken, TokenRefused } from '../../grants/presented-token.ts'

/**
 * Returns the authorization that the presented token stands for.
 *
 * @throws FhirError 401 when the token or its proof of possession is missing or not valid.
 */
export const requireAuthorization = async (
  deps: GrantDeps,
  token: PresentedToken,
  now: number,
): Promise<Authorization> => {
  try {
    return await requirePresentedToken(deps, token, now)
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error
    const { code, message, challenge } = error
    throw new FhirError(401, 'login', code, message, { 'www-authenticate': challenge })
  }
}
