import { requireUnlocked } from './policy.ts'
import type { Providers } from './providers.ts'
import type { SigningOut } from './sign-out.ts'

type RemoveProvider = (request: { providerId: string }) => Promise<void>

/**
 * Removes a provider with every connection to it, whoever signs in meanwhile: first while the credentials that the organization
 * asks for are still known, then what began before there was no provider to sign in at. Throws `policy-forbids`.
 */
export const createRemoveProvider =
  ({
    providers,
    removeConnectionsOf,
  }: { providers: Providers } & Pick<SigningOut, 'removeConnectionsOf'>): RemoveProvider =>
  async ({ providerId }) => {
    await requireUnlocked('providers')
    await removeConnectionsOf(providerId)
    await providers.remove(providerId)
    await removeConnectionsOf(providerId)
  }
