import { calculatePKCECodeChallenge } from 'oauth4webapi'
import type { Config } from '../../../server/config.ts'
import type { Store } from '../../../server/store/store.ts'
import { registerResourceServer, resourceServer } from '../../fixtures/resource-server.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient, type SignedClient } from '../../fixtures/signed-client.ts'
import { type Code, obtainCode } from '../../fixtures/token-requests.ts'
import type { BareJob } from './bare-server.ts'

/** The scope that the extension requests; codes are obtained for the same. */
const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs'
export const SYSTEM_SCOPE = 'system/*.rs'

/**
 * Several chains for each waiting request, because the memory adapter walks over all tokens that a grant ever had: a chain that
 * is refreshed thousands of times would be slower than any real one.
 */
const CHAINS = 128

/** What an organization gave before the measurement. */
export interface SignedIn {
  /** The first token of each chain. */
  readonly refreshTokens: readonly string[]
  readonly code: Code
  readonly job: SignedClient
}

export const signInAgain = async (url: string, store: Store): Promise<SignedIn> => {
  const refreshTokens: string[] = []
  while (refreshTokens.length < CHAINS) {
    const options = { username: 'john', scope: SCOPE, application: carekey, window: 'day' } as const
    const { refresh_token } = await signIn(url, options)
    if (!refresh_token) throw new Error('The organization gave no refresh token.')
    refreshTokens.push(refresh_token)
  }
  await registerResourceServer(store)
  return { refreshTokens, code: await obtainCode(url), job: await registerSignedClient({ url, store }) }
}

/** The same clients, scope and number of chains for a contender that nobody signs in to. */
export const bareJob = async (config: Config, { code, job }: SignedIn, codes: number): Promise<BareJob> => ({
  ...{ config, scope: SCOPE, chains: CHAINS, codes },
  challenge: await calculatePKCECodeChallenge(code.verifier),
  redirectUri: code.redirect_uri,
  job: { clientId: job.clientId, publicKey: job.publicKey, scope: SYSTEM_SCOPE },
  checker: resourceServer,
})
