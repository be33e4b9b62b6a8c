import { requireUnlocked } from '../provider/policy.ts'
import type { Providers } from '../provider/providers.ts'
import type { SignOut } from './sign-out.ts'

type RemoveProvider = (request: { providerId: string }) => Promise<void>

/**
 * Returns a function that removes a provider and all its connections. It removes connections first while the credentials for
 * revoking them are still known, and again once the provider is gone, because a sign-in may have begun in between.
 *
 * @throws ProblemError `policy-forbids`.
 */
export const createRemoveProvider =
  ({
    providers,
    removeConnectionsOf,
  }: { providers: Providers } & Pick<SignOut, 'removeConnectionsOf'>): RemoveProvider =>
  async ({ providerId }) => {
    await requireUnlocked('providers')
    await removeConnectionsOf(providerId)
    await providers.remove(providerId)
    await removeConnectionsOf(providerId)
  }
