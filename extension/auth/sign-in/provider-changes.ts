import { requireUnlocked } from '../provider/policy.ts'
import type { Providers } from '../provider/providers.ts'
import type { SignOut } from './sign-out.ts'

/** Changes of providers, each with the end of the grants that it concerns. */
export const createProviderChanges = ({
  providers,
  signOutBeforeChange,
  removeConnectionsOf,
}: { providers: Providers } & Pick<SignOut, 'signOutBeforeChange' | 'removeConnectionsOf'>) => ({
  /**
   * Saves a provider. If its organization or application changes, first ends its grants at the old one, so that their tokens go
   * nowhere else.
   *
   * @throws ProblemError what `Providers.save` throws.
   */
  saveProvider: async (...[form, saving]: Parameters<Providers['save']>) => {
    if (form.id !== undefined && (await providers.isMove(form))) await signOutBeforeChange(form.id)
    return providers.save(form, saving)
  },

  /**
   * Removes a provider and all its connections. It removes connections first while the credentials for revoking them are still
   * known, and again once the provider is gone, because a sign-in may have begun in between.
   *
   * @throws ProblemError `policy-forbids`.
   */
  removeProvider: async ({ providerId }: { providerId: string }): Promise<void> => {
    await requireUnlocked('providers')
    await removeConnectionsOf(providerId)
    await providers.remove(providerId)
    await removeConnectionsOf(providerId)
  },
})
