import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import { requireFhirBase } from './address.ts'
import type { Providers } from './providers.ts'
import type { SignIn } from './sign-in.ts'

/** What a record system opens an application with (SMART App Launch 2.2, section 2.1.2). */
export interface LaunchRequest {
  iss: string
  launch: string
}

const longestLaunch = 2000

/**
 * Signs in for what is open in a record system. `iss` comes from whoever opened our page, so it decides nothing: it has to be
 * the FHIR base of a provider that this browser knows, of which one that was configured here comes first. Answers the id of
 * the connection. Throws `unknown-organization` with the `host`, and what signing in throws.
 */
export const createLaunch =
  ({ providers, signIn }: { providers: Providers; signIn: SignIn }) =>
  async ({ iss, launch }: LaunchRequest): Promise<string> => {
    const fhirBase = requireFhirBase(iss, 'iss')
    if (launch === '' || launch.length > longestLaunch)
      throw new ProblemError('invalid-input', { field: 'launch' })
    const known = (await providers.list()).filter((provider) => provider.fhirBase === fhirBase)
    const provider = known.find(({ builtIn }) => !builtIn) ?? known[0]
    if (!provider) throw new ProblemError('unknown-organization', { host: new URL(fhirBase).host })
    return signIn({ providerId: provider.id, purpose: 'record', launch })
  }

/** Launches whose visit is over leave nothing. To be called when the worker starts. */
export const forgetEndedLaunches = async (): Promise<void> => {
  const sessions = await items.sessions.get()
  await items.connections.update((all) =>
    Object.fromEntries(
      Object.entries(all).filter(([id, { launched }]) => !launched || Object.hasOwn(sessions, id)),
    ),
  )
}
