import type { Authorization } from '../oauth/authorization.ts'
import { findAuthorization } from '../oauth/find-authorization.ts'
import type { Store } from '../store/store.ts'
import { FhirError } from './fhir-error.ts'

/** RFC 6750 section 2.1; any longer than this is no token of ours. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]{1,2048}=*)$/i

/**
 * Whose request it is, from the Authorization header and from nowhere else.
 *
 * @throws FhirError 401
 */
export const requireAuthorization = async (
  store: Store,
  header: string | undefined,
  now: number,
): Promise<Authorization> => {
  if (header === undefined)
    throw unauthorized('login_required', 'Sign in first: a Bearer token is needed.', '')
  const token = BEARER.exec(header)?.[1]
  const authorization = token === undefined ? undefined : await findAuthorization(store, token, now)
  if (!authorization)
    throw unauthorized('invalid_token', 'The token is not valid, or no longer.', ', error="invalid_token"')
  return authorization
}

const unauthorized = (code: string, diagnostics: string, error: string): FhirError =>
  new FhirError(401, 'login', code, diagnostics, { 'www-authenticate': `Bearer realm="fhir"${error}` })
