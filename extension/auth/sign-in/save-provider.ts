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
