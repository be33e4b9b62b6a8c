import {
  type DPoPHandle,
  getValidatedIdTokenClaims,
  type IDToken,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { ProblemError } from '../../messages/errors.ts'
import type { AccessToken, Grant } from '../../storage/items.ts'
import { isInvalidScope, oauthClient, oauthOptions, tolerance } from '../provider/oauth-requests.ts'
import type { Providers } from '../provider/providers.ts'
import { withNonce } from './proof-keys.ts'

/** A token response (RFC 6749 section 5.1, SMART App Launch 2.2 section 2.1.6), with its times made absolute. */
export interface Tokens {
  access: AccessToken
  /** Whether the tokens are bound to a key and need a proof (RFC 9449, section 5). */
  isBound: boolean
  refreshToken?: string
  /** As the organization wrote it. */
  scope?: string
  /** Launch context. */
  patient?: string
  encounter?: string
  /** `need_patient_banner`: false only if the record system states that it shows the patient beside us. */
  needsBanner: boolean
  /** The end of the window that the person chose. */
  grantEndsAt?: number
}

/** Seconds; assumed if `expires_in` is missing, because RFC 6749 leaves that open. */
const usualLifetime = 3600

/** A token's characters (RFC 6749 appendix A.12): nothing that could end a header and begin another. */
export const TOKEN = /^[\x21-\x7e]{1,16384}$/
/** OpenID Connect Core, section 2. */
const longestSubject = 255
/** FHIR R4 `id`: it becomes a part of addresses. */
const ID = /^[A-Za-z0-9\-.]{1,64}$/
/** Seconds; a token that claims a longer lifetime is treated as if it had this one. */
const longestLifetime = 31 * 86_400

/**
 * Reads a token response strictly. Refuses malformed members, because ignoring them would mean "no end" or "any patient".
 *
 * @param proof the proof that was sent with the request; without one, the answer must not be bound.
 * @throws ProblemError `untrusted-answer`.
 */
export const readTokens = (answer: TokenEndpointResponse, receivedAt: number, proof?: DPoPHandle): Tokens => {
  const isBound = answer.token_type === 'dpop'
  if (isBound ? !proof : answer.token_type !== 'bearer') throw new ProblemError('untrusted-answer')
  const { access_token, refresh_token, patient, encounter, access_grant_expiration } = answer
  for (const token of [access_token, refresh_token]) requireText(token, TOKEN)
  for (const id of [patient, encounter]) requireText(id, ID)
  const lifetime = Math.min(answer.expires_in ?? usualLifetime, longestLifetime)
  const access = { token: access_token, receivedAt, endsAt: receivedAt + lifetime * 1000 }
  const grantEndsAt = requireTime(access_grant_expiration)
  return {
    access,
    isBound,
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...(answer.scope !== undefined && { scope: answer.scope }),
    ...(typeof patient === 'string' && { patient }),
    ...(typeof encounter === 'string' && { encounter }),
    needsBanner: answer.need_patient_banner !== false,
    ...(grantEndsAt !== undefined && { grantEndsAt }),
  }
}

/**
 * Returns the claims of an answer whose id_token was validated (OpenID Connect Core 3.1.3.7); undefined if it has none. Also
 * refuses a token from the future or with a `sub` of more than 255 characters, which the library accepts.
 *
 * @throws ProblemError `untrusted-answer`.
 */
export const readClaims = (answer: TokenEndpointResponse, now: number): IDToken | undefined => {
  const claims = getValidatedIdTokenClaims(answer)
  const isInvalid = claims && (claims.iat > now / 1000 + tolerance || claims.sub.length > longestSubject)
  if (isInvalid) throw new ProblemError('untrusted-answer')
  return claims
}

const requireText = (value: unknown, form: RegExp): void => {
  if (value !== undefined && !(typeof value === 'string' && form.test(value)))
    throw new ProblemError('untrusted-answer')
}

/** Reads an ISO time. CMS Blue Button writes a space for its `T`, and an empty string for none. */
const requireTime = (value: unknown): number | undefined => {
  if (value === undefined || value === '') return undefined
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\S{1,40}$/.test(value)
  const time = isTime ? Date.parse(value.replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(time)) throw new ProblemError('untrusted-answer')
  return time
}

/**
 * Sends a refresh token (RFC 6749 section 6). Asks for a narrower scope if the organization granted too much, and once without it if
 * that is refused.
 *
 * @throws ProblemError `untrusted-answer`, and what the network and `oauth4webapi` throw.
 */
export const requestRefresh = async (
  providers: Providers,
  { providerId, fhirBase, clientId, server, refreshToken, narrowTo }: Grant,
  proof: DPoPHandle | undefined,
): Promise<Tokens> => {
  const client = oauthClient(clientId)
  const application = { id: providerId, fhirBase, clientId }
  const authentication = await providers.clientAuthentication(application, server.issuer)
  const send = (additionalParameters: Record<string, string>) =>
    refreshTokenGrantRequest(server, client, authentication, refreshToken, {
      ...oauthOptions(server.token_endpoint, proof),
      additionalParameters,
    })
  const receivedAt = Date.now()
  const request = (parameters: Record<string, string>) =>
    withNonce(proof, async () =>
      processRefreshTokenResponse(server, client, await withoutIdToken(await send(parameters))),
    )
  const answer = await request(narrowTo === undefined ? {} : { scope: narrowTo }).catch((error) => {
    if (narrowTo === undefined || !isInvalidScope(error)) throw error
    return request({})
  })
  const tokens = readTokens(answer, receivedAt, proof)
  // An unbound token would be worth more to a thief than the bound one it replaces.
  if (proof && !tokens.isBound) throw new ProblemError('untrusted-answer')
  return tokens
}

/**
 * Removes the id_token of a refresh before it is validated. Nobody reads it, because the person was identified at sign-in,
 * and validating it costs sessions: several providers omit claims that OpenID Connect Core 12.2 requires, and with a wrong
 * clock the rotated refresh token would be lost.
 */
const withoutIdToken = async (response: Response): Promise<Response> => {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (typeof answer !== 'object' || answer === null || !('id_token' in answer)) return response
  const { id_token: _unread, ...rest } = answer
  return Response.json(rest, { status: response.status, headers: response.headers })
}
