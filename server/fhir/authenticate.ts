import type { Authorization } from '../oauth/token/authorization.ts'
import { type PresentedToken, requirePresentedToken, TokenRefused } from '../oauth/token/presented-token.ts'
import type { Store } from '../store/store.ts'
import { FhirError } from './fhir-error.ts'

/**
 * Whose request it is.
 *
 * @throws FhirError 401
 */
export const requireAuthorization = async (
  store: Store,
  presented: PresentedToken,
  now: number,
): Promise<Authorization> => {
  try {
    return await requirePresentedToken(store, presented, now)
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error
    const { code, message, challenge } = error
    throw new FhirError(401, 'login', code, message, { 'www-authenticate': challenge })
  }
}
