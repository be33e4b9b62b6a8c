import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  validateAuthResponse,
} from 'oauth4webapi'
import browser from 'webextension-polyfill'
import { redirectAddress } from '../../../values/extension-addresses.ts'
import { requireUrl } from '../../../values/parse-address.ts'
import { type Code, ProblemError } from '../../messages/errors.ts'
import type { Purpose } from '../../messages/state.ts'
import type { DiscoveredServer } from '../provider/discovery.ts'
import { fromOAuth, oauthClient } from '../provider/oauth-requests.ts'
import { findPolicy, withoutForbidden } from '../provider/policy.ts'
import type { KnownProvider } from '../provider/providers.ts'
import { ownRedirectUri, redirectUriOf, stateFor } from '../provider/redirect-uri.ts'
import { scopesFor } from '../provider/requested-scopes.ts'

export interface AuthorizationAnswer {
  /** The parameters of the validated answer, with the code. */
  parameters: URLSearchParams
  redirectUri: string
  verifier: string
  nonce: string
  scope: string
}

/**
 * Sends the authorization request of SMART App Launch 2.2, with PKCE, in the browser's auth window.
 *
 * @param launch the record system's `launch` parameter.
 * @throws ProblemError
 */
export const authorize = async (
  provider: KnownProvider,
  server: DiscoveredServer,
  purpose: Purpose,
  launch?: string,
): Promise<AuthorizationAnswer> => {
  const redirectUri = redirectUriOf(provider)
  const verifier = generateRandomCodeVerifier()
  const state = stateFor(provider.redirectUri, ownRedirectUri())
  const nonce = generateRandomNonce()
  const allScopes = scopesFor(launch === undefined ? purpose : 'launch', server)
  const scope = withoutForbidden(allScopes, await findPolicy())
  const url = requireUrl(server.authorization_endpoint)
  const request = {
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    aud: provider.fhirBase,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    // Signing out of Carekey does not end the organization's own session in the browser, and the next person must not get in with
    // it. A launch comes from that session and works for its user only.
    ...(launch === undefined ? { prompt: 'login consent' } : { launch, prompt: 'consent' }),
  }
  for (const [name, value] of Object.entries(request)) url.searchParams.set(name, value)
  const answer = await openAuthWindow(url)
  return { parameters: checkAnswer(provider, server, answer, state), redirectUri, verifier, nonce, scope }
}

/**
 * Checks the address at which the answer arrived (RFC 9700 section 4.4.2), its `state` and its `iss` (RFC 9207), before its
 * code is sent anywhere.
 */
const checkAnswer = (provider: KnownProvider, server: DiscoveredServer, answer: URL, state: string) => {
  requireAnswerOfProvider(provider, answer)
  try {
    return validateAuthResponse(server, oauthClient(provider.clientId), answer, state)
  } catch (error) {
    const { searchParams } = answer
    if (searchParams.get('state') !== state) throw new ProblemError('state-mismatch', undefined, error)
    const iss = searchParams.get('iss')
    if (iss !== server.issuer && (iss !== null || server.authorization_response_iss_parameter_supported))
      throw new ProblemError('issuer-mismatch', undefined, error)
    throw fromOAuth(error)
  }
}

/**
 * Each provider has its own redirect address, so an answer that arrives at another one comes from another organization
 * (mix-up attack). A relay on another origin may serve several organizations, so `iss` must tell them apart.
 */
const requireAnswerOfProvider = ({ fhirBase, redirectUri }: KnownProvider, answer: URL): void => {
  const expected = redirectAddress(ownRedirectUri(), redirectUri || fhirBase)
  const isShared = redirectUri !== '' && requireUrl(redirectUri).origin !== requireUrl(fhirBase).origin
  const isOwn = `${answer.origin}${answer.pathname}` === expected
  if (!isOwn || (isShared && !answer.searchParams.has('iss'))) throw new ProblemError('issuer-mismatch')
}

/**
 * Opens the organization's page in the browser's auth window and returns the address at which it ends.
 *
 * @throws ProblemError `window-closed`, `flow-busy`, or `sign-in-page-failed` when a page could not be shown or had an error
 * status. Some organizations answer a refusal with such a page instead of a redirect (RFC 6749 section 4.1.2.1).
 */
const openAuthWindow = async (url: URL): Promise<URL> => {
  try {
    return requireUrl(await browser.identity.launchWebAuthFlow({ url: url.href, interactive: true }))
  } catch (error) {
    throw new ProblemError(codeOf(error), { host: url.host }, error)
  }
}

// Browsers report these errors only as sentences, without codes.
const codeOf = (error: unknown): Code => {
  const message = error instanceof Error ? error.message : ''
  if (/did not approve|cancelled or denied/i.test(message)) return 'window-closed'
  if (/only one web auth flow/i.test(message)) return 'flow-busy'
  return 'sign-in-page-failed'
}
