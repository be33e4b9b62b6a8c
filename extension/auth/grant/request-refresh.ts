import { type DPoPHandle, processRefreshTokenResponse, refreshTokenGrantRequest } from 'oauth4webapi'
import { ProblemError } from '../../messages/errors.ts'
import type { Grant } from '../../storage/items.ts'
import { isInvalidScope } from '../provider/oauth-errors.ts'
import { oauthClient, oauthOptions } from '../provider/oauth-options.ts'
import type { Providers } from '../provider/providers.ts'
import { withNonce } from './proof-keys.ts'
import { readTokens, type Tokens } from './tokens.ts'

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
