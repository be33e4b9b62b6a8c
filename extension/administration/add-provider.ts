import { requireUrl } from '../../values/parse-address.ts'
import { readableName } from '../../values/readable-name.ts'
import { discover } from '../auth/provider/discovery.ts'
import { findMetadata } from '../auth/provider/metadata.ts'
import { findPolicy, requireConfigurable, withoutForbidden } from '../auth/provider/policy.ts'
import type { Providers } from '../auth/provider/providers.ts'
import { redirectUriOf } from '../auth/provider/redirect-uri.ts'
import { scopesFor } from '../auth/provider/requested-scopes.ts'
import type { createProviderChanges } from '../auth/sign-in/provider-changes.ts'
import type { AddedProvider, NewProvider } from '../messages/brands.ts'
import { ProblemError } from '../messages/errors.ts'
import { isSameBase, requireAddress, requireFhirBase } from '../net/address.ts'
import { registerInstallation } from './register-application.ts'
import type { Registrations } from './registrations.ts'

interface Dependencies {
  providers: Providers
  registrations: Pick<Registrations, 'keep'>
  saveProvider: ReturnType<typeof createProviderChanges>['saveProvider']
}

/**
 * Returns a function that adds the organization a person chose. Checks its metadata as a sign-in does. Without a Client ID, asks it to
 * register this installation, unless it offers no registration or the policy forbids registering. Sends nothing if the policy forbids
 * the provider, and stores nothing before the person has agreed to sign in at another host.
 *
 * @throws ProblemError `policy-forbids`, and what `discover`, `registerInstallation` and `Providers.save` throw.
 */
export const createAddProvider = ({ providers, registrations, saveProvider }: Dependencies) => {
  const add = async ({ name, fhirBase, clientId = '', signInHost }: NewProvider): Promise<AddedProvider> => {
    const policy = await findPolicy()
    const scopeAt = (organization: Parameters<typeof scopesFor>[1]) =>
      withoutForbidden(scopesFor('record', organization), policy)
    const here = (await providers.describe()).filter((each) => isSameBase(each.fhirBase, fhirBase))
    const own = here.find(({ addedOnFindPage }) => addedOnFindPage)
    const existing = here.find((each) => each.clientId === clientId) ?? own ?? here[0]
    // A provider that somebody configured stays as it is, with its relay, its secret and its grants.
    if (existing && (clientId === '' || existing !== own))
      return { step: 'sign-in', provider: existing, scope: scopeAt({ hasIssuer: true, capabilities: [] }) }
    await requireConfigurable([{ fhirBase, authorizationEndpoint: '', redirectUri: '' }])

    const organization = readableName(name, 100) || requireUrl(fhirBase).host
    const metadata = await findMetadata(fhirBase)
    if (!metadata) throw new ProblemError('discovery-failed', { organization })
    const scope = scopeAt({ ...metadata, hasIssuer: metadata.issuer !== undefined })
    const { href: authorizationEndpoint, host } = requireAddress(metadata.authorization_endpoint)
    const form = { fhirBase, authorizationEndpoint, redirectUri: '' }
    await requireConfigurable([form])
    if (host !== requireUrl(fhirBase).host && host !== signInHost)
      return { step: 'confirm', signInHost: host, signInAddress: authorizationEndpoint, scope }
    // Checks that every other address lies at one of these two hosts.
    const { registration_endpoint: endpoint } = await discover({ ...form, label: organization })
    if (clientId !== '') {
      const { id, name = organization } = existing ?? {}
      const provider = await saveProvider({ ...form, ...(id && { id }), name, clientId }, mark)
      return { step: 'sign-in', provider, scope }
    }

    const registration =
      endpoint && !policy?.locked.includes('applications')
        ? await registerInstallation(endpoint, { redirectUri: redirectUriOf(form), scope })
        : undefined
    if (!registration) return { step: 'register', scope }
    // Stored before the provider, because the token that changes the registration cannot be requested again.
    await registrations.keep(registration, { organization, fhirBase, endpoint })
    const { clientId: registeredId, clientSecret, secretMethod } = registration
    const secret = clientSecret !== undefined && { clientSecret }
    const provider = await saveProvider(
      { ...form, name: organization, clientId: registeredId, ...secret },
      { ...mark, ...(secretMethod && { secretMethod }) },
    )
    return { step: 'sign-in', provider, scope }
  }

  return async (organization: NewProvider): Promise<AddedProvider> => {
    const fhirBase = requireFhirBase(organization.fhirBase)
    // A second click, or a second tab, waits here and then finds the provider that the first one added.
    return navigator.locks.request(`add-provider:${fhirBase}`, () => add({ ...organization, fhirBase }))
  }
}

const mark = { addedOnFindPage: true } as const
