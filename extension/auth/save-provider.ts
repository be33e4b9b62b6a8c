import type { ProviderForm } from '../messages/administration.ts'
import type { Provider } from '../messages/state.ts'
import type { Providers } from './providers.ts'
import type { SigningOut } from './sign-out.ts'

type SaveProvider = (form: ProviderForm) => Promise<Provider>

/**
 * Saves what an administrator configured. A provider that gets other addresses, or is known by another application, is
 * another one: what was allowed at the old one is ended there first, and its tokens go nowhere else. Throws
 * `invalid-input` and the faults of an address, with the form's `field`.
 */
export const createSaveProvider =
  ({ providers, signOutMoved }: { providers: Providers } & Pick<SigningOut, 'signOutMoved'>): SaveProvider =>
  async (form) => {
    if (form.id !== undefined && (await providers.moves(form))) await signOutMoved(form.id)
    return providers.save(form)
  }
