import { requireUrl } from '../../values/parse-address.ts'
import type { Sessions } from '../auth/grant/session.ts'
import { TOKEN } from '../auth/grant/tokens.ts'
import type { SecretMethod } from '../auth/provider/client-secrets.ts'
import { errorCode } from '../auth/provider/oauth-requests.ts'
import type { RegisteredApplication } from '../messages/administration.ts'
import { type Code, ProblemError } from '../messages/errors.ts'
import type { Input } from '../messages/protocol.ts'
import { longestAddress, requireAddress, requireTypedAddress } from '../net/address.ts'
import { boundedFetch, readText } from '../net/http.ts'

/** A registered application, with the access that changes it if the organization offers that (RFC 7592 section 3). */
export interface Registration extends RegisteredApplication {
  clientName: string
  /** How it sends its secret; absent without one, or if the organization does not say. */
  secretMethod?: SecretMethod
  management?: { address: string; token: string }
}

/**
 * Registers an application at the administrator's organization (RFC 7591), which issues its Client ID, and its secret unless it is public.
 *
 * @throws ProblemError `invalid-input`, `registration-unavailable`, `registration-refused` or `refused`.
 */
export const registerApplication = async (
  sessions: Sessions,
  { connectionId, clientName, redirectUri, isPublic = false }: Input<'register-application'>,
): Promise<Registration> => {
  const name = clientName.trim()
  if (name === '' || name.length > 200) throw new ProblemError('invalid-input', { field: 'clientName' })
  const metadata = {
    client_name: name,
    redirect_uris: [requireTypedAddress(redirectUri, 'redirectUri')],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
  }
  const request = { method: 'POST', body: metadata } as const
  const response = await sessions.sendJson(connectionId, 'registration_endpoint', request)
  if (!response) throw new ProblemError('registration-unavailable')
  const answer = await readRegistration(response)
  const management = managementOf(answer)
  return { ...applicationOf(answer), clientName: name, ...(management && { management }) }
}

/**
 * Registers this installation as a public client for `scope`, without a credential. Undefined if the organization does not register
 * applications by themselves.
 *
 * @throws ProblemError `server-failed`, `untrusted-answer`, and what `boundedFetch` throws.
 */
export const registerInstallation = async (
  endpoint: string,
  { redirectUri, scope }: { redirectUri: string; scope: string },
): Promise<Registration | undefined> => {
  const response = await boundedFetch(requireAddress(endpoint), {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: installationName,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope,
    }),
  })
  const text = await readText(response)
  if (response.status >= 500 || response.status === 429)
    throw new ProblemError('server-failed', { host: requireUrl(endpoint).host })
  if (!response.ok) return undefined
  const answer = parse(text)
  const management = managementOf(answer)
  const { clientId, clientSecret } = applicationOf(answer)
  const method = answer.token_endpoint_auth_method
  return {
    clientId,
    // A public client sends no secret, even if one came with the answer.
    ...(clientSecret !== undefined && method !== 'none' && { clientSecret }),
    ...((method === 'client_secret_basic' || method === 'client_secret_post') && { secretMethod: method }),
    clientName: installationName,
    ...(management && { management }),
  }
}

const installationName = 'Carekey'

/**
 * Reads the JSON of a registration answer.
 *
 * @throws ProblemError `refused` (403), or the given code with the organization's error code.
 */
export const readRegistration = async (
  response: Response,
  refusalCode: Code = 'registration-refused',
): Promise<Record<string, unknown>> => {
  const answer = parse(await readText(response))
  if (response.status === 403) throw new ProblemError('refused')
  if (!response.ok) {
    const what = typeof answer.error === 'string' ? errorCode(answer.error) : String(response.status)
    throw new ProblemError(refusalCode, { what })
  }
  return answer
}

/** @throws ProblemError `untrusted-answer` without a Client ID, or if it or the secret is too long. */
export const applicationOf = ({
  client_id,
  client_secret,
}: Record<string, unknown>): RegisteredApplication => {
  const secret = typeof client_secret === 'string' ? client_secret : undefined
  if (!isShort(client_id, longestClientId) || (secret?.length ?? 0) > longestSecret)
    throw new ProblemError('untrusted-answer')
  return { clientId: client_id, ...(secret !== undefined && { clientSecret: secret }) }
}

export const managementOf = (answer: Record<string, unknown>): Registration['management'] => {
  const { registration_client_uri: address, registration_access_token: token } = answer
  const isKept = isShort(address, longestAddress) && typeof token === 'string' && TOKEN.test(token)
  return isKept ? { address, token } : undefined
}

/** Characters; the Client ID of a provider has the same limit. */
const longestClientId = 500
const longestSecret = 2000

export const isShort = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest

const parse = (text: string): Record<string, unknown> => {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
