import { type DPoPHandle, processRefreshTokenResponse, refreshTokenGrantRequest } from 'oauth4webapi'
import { ProblemError } from '../messages/errors.ts'
import type { Grant } from '../storage/items.ts'
import { oauthClient, oauthOptions } from './oauth-options.ts'
import { withNonce } from './proof-keys.ts'
import type { Providers } from './providers.ts'
import { readTokens, type Tokens } from './tokens.ts'

/** Sends a refresh token (RFC 6749 section 6). Throws what the network and `oauth4webapi` throw, and `untrusted-answer`. */
export const requestRefresh = async (
  providers: Providers,
  { providerId, fhirBase, clientId, server, refreshToken }: Grant,
  proof: DPoPHandle | undefined,
): Promise<Tokens> => {
  const client = oauthClient(clientId)
  const application = { id: providerId, fhirBase, clientId }
  const authentication = await providers.clientAuthentication(application, server.issuer)
  const options = oauthOptions(server.token_endpoint, proof)
  const receivedAt = Date.now()
  const answer = await withNonce(proof, async () => {
    const response = await refreshTokenGrantRequest(server, client, authentication, refreshToken, options)
    return processRefreshTokenResponse(server, client, await withoutIdToken(response))
  })
  const tokens = readTokens(answer, receivedAt, proof)
  // Unbound it would be worth more to a thief than what it replaces.
  if (proof && !tokens.bound) throw new ProblemError('untrusted-answer')
  return tokens
}

/**
 * Who signed in was found out at sign-in, so the id_token of a refresh is read by nobody. It is not judged either: several
 * providers send one that lacks what OpenID Connect Core 12.2 asks of it, and people stayed connected to none of them. Nor
 * may a clock that jumped by a day take the rotated refresh token with it.
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
