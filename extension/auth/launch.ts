import { ProblemError } from '../messages/errors.ts'
import { requireFhirBase } from '../net/address.ts'
import { forget } from '../storage/forget.ts'
import { items } from '../storage/items.ts'
import type { KnownProvider, Providers } from './providers.ts'
import type { SignIn } from './sign-in.ts'

/** What a record system opens an application with (SMART App Launch 2.2, section 2.1.2). */
export interface LaunchRequest {
  iss: string
  launch: string
}

const longestLaunch = 2000

/**
 * Signs in for what is open in a record system. Answers the id of the connection. Throws what `findLaunching` throws,
 * `invalid-input` and what signing in throws.
 */
export const createLaunch =
  ({ providers, signIn }: { providers: Providers; signIn: SignIn }) =>
  async ({ iss, launch }: LaunchRequest): Promise<string> => {
    if (launch === '' || launch.length > longestLaunch)
      throw new ProblemError('invalid-input', { field: 'launch' })
    const { id } = await findLaunching(providers, iss)
    return signIn({ providerId: id, purpose: 'record', launch })
  }

/**
 * Whose record system it is. `iss` comes from whoever opened our page, so it decides nothing: it has to be the FHIR base of a
 * provider that this browser knows, of which one that was configured here comes first. Throws `unknown-organization` with the
 * `host`.
 */
export const findLaunching = async (providers: Providers, iss: string): Promise<KnownProvider> => {
  const fhirBase = requireFhirBase(iss, 'iss')
  const known = (await providers.list()).filter((provider) => provider.fhirBase === fhirBase)
  const provider = known.find(({ builtIn }) => !builtIn) ?? known[0]
  if (!provider) throw new ProblemError('unknown-organization', { host: new URL(fhirBase).host })
  return provider
}

/** Launches whose visit is over leave nothing. To be called when the worker starts. */
export const forgetEndedLaunches = async (): Promise<void> => {
  const sessions = await items.sessions.get()
  const connections = Object.values(await items.connections.get())
  await forget(
    'connection',
    connections.flatMap(({ id, launched }) => (launched && !Object.hasOwn(sessions, id) ? [id] : [])),
  )
}
