import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import { redirectUriOf } from '../auth/provider/redirect-uri.ts'
import { ProblemError } from '../messages/errors.ts'
import { requireAddress } from '../net/address.ts'
import { boundedFetch } from '../net/http.ts'
import type { SavedProvider } from '../storage/items.ts'

interface Probe {
  authorization_endpoint: string
  fhirBase: string
  clientId: string
  redirectUri: string
}

/**
 * Checks whether the organization refuses this redirect address. A server reports an unknown application or address on a page,
 * and any other error by a redirect (RFC 6749 section 4.1.2.1). The probe sends `prompt=none`, which shows no sign-in page, and
 * no credential. Some servers refuse `prompt=none` itself on a page, so a refusal is confirmed without it, as in a real sign-in.
 * False when the answer is inconclusive, and without asking if the sign-in page lies at another origin than the records.
 *
 * @throws ProblemError what `requireAddress` throws.
 */
export const isRedirectRefused = async (probe: Probe): Promise<boolean> =>
  parseAddress(probe.authorization_endpoint)?.origin === requireUrl(probe.fhirBase).origin &&
  (await isRefused(probe, { prompt: 'none' })) &&
  (await isRefused(probe, {}))

/** Checks the same for a saved provider, with the redirect address that its sign-ins use. */
export const isApplicationRefused = (provider: Omit<SavedProvider, 'name'>): Promise<boolean> =>
  isRedirectRefused({
    authorization_endpoint: provider.authorizationEndpoint,
    fhirBase: provider.fhirBase,
    clientId: provider.clientId,
    redirectUri: redirectUriOf(provider),
  })

const isRefused = async (probe: Probe, prompt: { prompt?: string }): Promise<boolean> => {
  const url = requireAddress(probe.authorization_endpoint)
  const request = {
    response_type: 'code',
    client_id: probe.clientId,
    redirect_uri: probe.redirectUri,
    scope: 'openid',
    state: crypto.randomUUID(),
    aud: probe.fhirBase,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', // the example of RFC 7636 appendix B: the code is never redeemed
    code_challenge_method: 'S256',
    ...prompt,
  }
  for (const [name, value] of Object.entries(request)) url.searchParams.set(name, value)
  try {
    const response = await boundedFetch(url)
    await response.body?.cancel()
    return [400, 401, 403].includes(response.status)
  } catch (error) {
    if (error instanceof ProblemError) return false
    throw error
  }
}
