import { requireUrl } from '../../../values/parse-address.ts'
import { ProblemError } from '../../messages/errors.ts'
import type { Input } from '../../messages/protocol.ts'
import { isSameBase, requireFhirBase } from '../../net/address.ts'
import { forget } from '../../storage/forget.ts'
import { items } from '../../storage/items.ts'
import type { KnownProvider, Providers } from '../provider/providers.ts'
import type { SignIn } from './sign-in.ts'

const longestLaunchParameter = 2000

/**
 * Returns a function that signs in for the patient and visit open in a record system, and returns the connection's ID.
 *
 * @throws ProblemError `invalid-input`, and what `findLaunching` and signing in throw.
 */
export const createLaunch =
  ({ providers, signIn }: { providers: Providers; signIn: SignIn }) =>
  async ({ iss, launch }: Input<'launch'>): Promise<string> => {
    if (launch === '' || launch.length > longestLaunchParameter)
      throw new ProblemError('invalid-input', { field: 'launch' })
    const { id } = await findLaunching(providers, iss)
    return signIn({ providerId: id, purpose: 'record', launch })
  }

/**
 * Returns the provider whose record system opened us. Any page can open ours with any `iss`, so it must be the FHIR base of a
 * provider that this browser knows. A provider configured here comes before a built-in one.
 *
 * @throws ProblemError `unknown-organization` with the `host`, and errors of an address.
 */
export const findLaunching = async (providers: Providers, iss: string): Promise<KnownProvider> => {
  const fhirBase = requireFhirBase(iss, 'iss')
  const matches = (await providers.list()).filter((provider) => isSameBase(provider.fhirBase, fhirBase))
  const provider = matches.find(({ builtIn }) => !builtIn) ?? matches[0]
  if (!provider) throw new ProblemError('unknown-organization', { host: requireUrl(fhirBase).host })
  return provider
}

/** Deletes connections of launches whose visit is over. Call when the worker starts. */
export const forgetEndedLaunches = async (): Promise<void> => {
  const sessions = await items.sessions.get()
  const connections = Object.values(await items.connections.get())
  await forget(
    'connection',
    connections.flatMap(({ id, launched }) => (launched && !Object.hasOwn(sessions, id) ? [id] : [])),
  )
}
