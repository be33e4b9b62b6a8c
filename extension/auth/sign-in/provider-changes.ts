import { requireUnlocked } from '../provider/policy.ts'
import type { Providers } from '../provider/providers.ts'
import type { SignOut } from './sign-out.ts'

/**
 * Returns a function that saves a provider. If its organization or application changes, first ends its grants at the old one, so
 * that their tokens go nowhere else.
 *
 * @throws ProblemError what `Providers.save` throws.
 */
export const createSaveProvider =
  ({
    providers,
    signOutBeforeChange,
  }: { providers: Providers } & Pick<SignOut, 'signOutBeforeChange'>): Providers['save'] =>
  async (form, saving) => {
    if (form.id !== undefined && (await providers.isMove(form))) await signOutBeforeChange(form.id)
    return providers.save(form, saving)
  }

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
