import {
  processRevocationResponse,
  ResponseBodyError,
  revocationRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import type { RevocationOutcome } from '../messages/state.ts'
import { items, type Revocation } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import type { Vault } from '../storage/vault.ts'
import { oauthClient, oauthOptions } from './oauth-options.ts'
import type { Providers } from './providers.ts'

export interface Revocations {
  /** Has the organization take every token back (RFC 7009). When it cannot be reached, they are kept, sealed, for one more try. */
  revoke(revocation: Revocation): Promise<RevocationOutcome>
  /** The one more try; whatever comes of it, nothing is kept afterwards. */
  retry(): Promise<void>
  pending(): Promise<boolean>
}

export const createRevocations = ({
  vault,
  providers,
}: {
  vault: Vault
  providers: Providers
}): Revocations => {
  const attempt = async ({ providerId, server, tokens }: Revocation): Promise<RevocationOutcome> => {
    if (!server.revocation_endpoint) return 'not-offered'
    try {
      const { clientId } = await providers.require(providerId)
      const authentication = await providers.clientAuthentication(providerId)
      const options = oauthOptions(server.revocation_endpoint)
      for (const token of tokens) {
        const client = oauthClient(clientId)
        await processRevocationResponse(
          await revocationRequest(server, client, authentication, token, options),
        )
      }
      return 'revoked'
    } catch (error) {
      const answered = error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError
      return answered && error.status < 500 ? 'refused' : 'unreachable'
    }
  }

  return {
    revoke: async (revocation) => {
      if (revocation.tokens.length === 0) return 'revoked'
      const outcome = await attempt(revocation)
      if (outcome === 'unreachable') {
        const sealed = await vault.seal(records.revocation, revocation)
        await items.revocations.update((waiting) => [...waiting, sealed])
      }
      return outcome
    },

    retry: async () => {
      const waiting = await items.revocations.get()
      await items.revocations.remove()
      for (const sealed of waiting) {
        const revocation = await vault.open<Revocation>(records.revocation, sealed)
        if (revocation) await attempt(revocation)
      }
    },

    pending: async () => (await items.revocations.get()).length > 0,
  }
}
