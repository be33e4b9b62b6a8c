import type { ClientAuth } from 'oauth4webapi'
import { requireUrl } from '../../../values/parse-address.ts'
import { readableName } from '../../../values/readable-name.ts'
import type { ProviderForm } from '../../messages/administration.ts'
import { ProblemError } from '../../messages/errors.ts'
import type { Provider } from '../../messages/state.ts'
import { isSameBase } from '../../net/address.ts'
import { forget, forgetLog } from '../../storage/forget.ts'
import { type GrantTerms, items, type SavedProvider } from '../../storage/items.ts'
import type { Vault } from '../../storage/vault.ts'
import { type BoundApplication, createClientSecrets, type SecretMethod } from './client-secrets.ts'
import {
  allows,
  findPolicy,
  type ManagedProvider,
  type PolicyInForce,
  requireConfigurable,
  requireUnlocked,
} from './policy.ts'
import { labelsOf } from './provider-labels.ts'
import { type CheckedForm, readForm } from './read-form.ts'
import { redirectUriOf } from './redirect-uri.ts'

/** The organizations this build knows; filled in by `vite.config.ts`. */
declare const __KNOWN_PROVIDERS__: {
  id: string
  name: string
  about?: string
  fhirBase: string
  authorizationEndpoint?: string
  clientId: string
}[]

/** A provider of this build, of a policy, or of an administrator's own configuration. */
export interface KnownProvider extends Omit<SavedProvider, 'name'> {
  /** As it was configured; not unique, so people are shown the label. */
  configuredName: string
  /** The name for display, with the host in brackets if another provider's name looks the same. */
  label: string
  builtIn: boolean
  /** Set by the administration of this browser. */
  managed?: true
}

/** Members that only Carekey itself sets when it saves a provider. */
interface Saving extends Pick<SavedProvider, 'addedOnFindPage'> {
  secretMethod?: SecretMethod
}

export interface Providers {
  list(): Promise<KnownProvider[]>
  /** @throws ProblemError `unknown-organization`. */
  require(id: string): Promise<KnownProvider>
  /**
   * Returns how Carekey authenticates: with the application's secret, or as a public client without one. A secret goes only to
   * the FHIR base, the application and the issuer that it was given for: as the application was registered, or else as at the last
   * sign-in.
   *
   * @throws ProblemError `wrong-credentials`.
   */
  clientAuthentication(application: BoundApplication, issuer: string): Promise<ClientAuth>
  /**
   * Sends a request that authenticates the application, by one of the methods that the issuer supports unless its own is known. If
   * HTTP Basic is refused, sends it once more with the secret in the form, where the issuer offers that, and remembers which worked.
   *
   * @throws ProblemError `wrong-credentials`, and what `send` throws.
   */
  authenticate<T>(
    application: BoundApplication,
    issuer: string,
    supported: readonly string[] | undefined,
    send: (authentication: ClientAuth) => Promise<T>,
  ): Promise<T>
  /** Checks whether a provider no longer exists: it is neither saved nor built in, and no policy could bring it back. */
  isGone(id: string): Promise<boolean>
  /** Returns the providers as pages see them. */
  describe(): Promise<Provider[]>
  /**
   * Checks whether saving the form makes a known provider another organization or application.
   *
   * @throws ProblemError what `readForm` throws.
   */
  isMove(form: ProviderForm): Promise<boolean>
  /** @throws ProblemError `policy-forbids`, `unknown-organization`, and what `readForm` throws. */
  save(form: ProviderForm, saving?: Saving): Promise<Provider>
  /**
   * Saves several providers in one write: all or none. Keeps the secrets of those whose organization and application stay.
   *
   * @throws ProblemError `policy-forbids`.
   */
  saveAll(forms: (CheckedForm & { id?: string })[]): Promise<void>
  /**
   * Replaces the secret of the same application.
   *
   * @throws ProblemError `unknown-organization`.
   */
  replaceSecret(id: string, secret: string): Promise<void>
  /** @throws ProblemError `policy-forbids`. */
  remove(id: string): Promise<void>
}

type ListedProvider = SavedProvider & Pick<KnownProvider, 'builtIn' | 'managed'>

const builtInProviders = (): ListedProvider[] =>
  __KNOWN_PROVIDERS__.map((provider, hue) => ({
    authorizationEndpoint: '',
    redirectUri: '',
    ...provider,
    hue,
    builtIn: true,
  }))

export const createProviders = (vault: Vault): Providers => {
  const secrets = createClientSecrets(vault)
  const list = async () => {
    const [saved, policy] = await Promise.all([items.providers.get(), findPolicy()])
    const configured = Object.values(saved).map((provider) => ({ ...provider, builtIn: false }))
    const managed = (policy?.providers ?? []).map((provider) => ({ ...provider, id: managedIdOf(provider) }))
    const providers = underPolicy([...builtInProviders(), ...configured], policy, managed)
    const labels = labelsOf(providers)
    return providers.map(({ name, ...provider }) => ({
      ...provider,
      configuredName: readableName(name),
      label: labels.get(provider.id) ?? '',
    }))
  }

  const require = async (id: string) => {
    const provider = (await list()).find((candidate) => candidate.id === id)
    if (!provider) throw new ProblemError('unknown-organization')
    return provider
  }

  const describe = async () => {
    const [providers, secrets] = await Promise.all([list(), items.secrets.get()])
    return providers.map((provider) => toProvider(provider, Object.hasOwn(secrets, provider.id)))
  }

  return {
    list,
    require,
    describe,

    clientAuthentication: secrets.authentication,
    authenticate: secrets.authenticate,

    isGone: async (id) => {
      const others = builtInProviders().map((provider) => provider.id)
      return (
        !id.startsWith(managedIdPrefix) &&
        ![...Object.keys(await items.providers.get()), ...others].includes(id)
      )
    },

    isMove: async (form) => {
      const provider = (await list()).find(({ id }) => id === form.id)
      return provider !== undefined && !provider.builtIn && isAnother(provider, readForm(form))
    },

    save: async (form, { secretMethod, ...mark } = {}) => {
      await requireConfigurable([readForm(form)])
      const providers = await list()
      const existing = providers.find(({ id }) => id === form.id)
      if (form.id !== undefined && (!existing || existing.builtIn))
        throw new ProblemError('unknown-organization')
      const provider: SavedProvider = {
        id: existing?.id ?? crypto.randomUUID(),
        hue: existing?.hue ?? freeHue(providers),
        ...readForm(form),
        ...mark,
      }
      if (form.clientSecret !== undefined) await secrets.keep(provider, form.clientSecret, secretMethod)
      else if (existing && isAnother(existing, provider)) await items.secrets.delete(provider.id)
      await items.providers.put(provider.id, provider)
      if (existing && existing.fhirBase !== provider.fhirBase) await forgetLog(provider.id)
      return toProvider(await require(provider.id), await items.secrets.has(provider.id))
    },

    saveAll: async (forms) => {
      await requireConfigurable(forms)
      const all: Omit<ListedProvider, 'name'>[] = await list()
      const savedProviders: Record<string, SavedProvider> = {}
      for (const form of forms) {
        const existing = all.find(({ id }) => id === form.id)
        const id = existing?.id ?? crypto.randomUUID()
        savedProviders[id] = { ...form, id, hue: existing?.hue ?? freeHue(all) }
        if (!existing) all.push({ ...savedProviders[id], builtIn: false })
      }
      for (const { id, ...form } of Object.values(savedProviders)) {
        const existing = all.find((provider) => provider.id === id)
        if (existing && isAnother(existing, form)) await items.secrets.delete(id)
      }
      await items.providers.update((providers) => ({ ...providers, ...savedProviders }))
      for (const { id, fhirBase } of Object.values(savedProviders))
        if (all.some((provider) => provider.id === id && provider.fhirBase !== fhirBase)) await forgetLog(id)
    },

    replaceSecret: async (id, secret) => secrets.replace(await require(id), secret),

    remove: async (id) => {
      await requireUnlocked('providers')
      await forget('provider', [id])
    },
  }
}

/** Returns a check that a provider still has the application and the FHIR base that the grant was given for. */
export const isProviderOf =
  ({ providerId, fhirBase, clientId }: Pick<GrantTerms, 'providerId' | 'fhirBase' | 'clientId'>) =>
  (provider: KnownProvider): boolean =>
    provider.id === providerId && provider.fhirBase === fhirBase && provider.clientId === clientId

/** Checks whether a provider becomes another one, which must not get the earlier one's grants or secret. */
const isAnother = (
  before: Pick<SavedProvider, 'fhirBase' | 'clientId' | 'authorizationEndpoint'>,
  after: Pick<SavedProvider, 'fhirBase' | 'clientId' | 'authorizationEndpoint'>,
): boolean =>
  before.fhirBase !== after.fhirBase ||
  before.clientId !== after.clientId ||
  before.authorizationEndpoint !== after.authorizationEndpoint

const managedIdPrefix = 'managed '

const managedIdOf = ({ fhirBase, clientId }: Pick<SavedProvider, 'fhirBase' | 'clientId'>): string =>
  `${managedIdPrefix}${fhirBase} ${clientId}`

/** Replaces the user's providers by those of the policy at the same address, and removes those that it does not allow. */
const underPolicy = (
  own: ListedProvider[],
  policy: PolicyInForce | undefined,
  managed: (ManagedProvider & { id: string })[],
): ListedProvider[] => {
  const all = own.filter(({ fhirBase }) => !managed.some((each) => isSameBase(each.fhirBase, fhirBase)))
  const allowed = all.filter(({ fhirBase }) => allows(policy, fhirBase))
  for (const provider of managed)
    allowed.push({
      ...provider,
      hue: freeHue(allowed),
      redirectUri: '',
      builtIn: true,
      managed: true,
    })
  return allowed
}

const freeHue = (providers: Pick<ListedProvider, 'hue'>[]): number => {
  const takenHues = new Set(providers.map(({ hue }) => hue))
  const gap = providers.findIndex((_, hue) => !takenHues.has(hue))
  return gap < 0 ? providers.length : gap
}

const toProvider = (provider: KnownProvider, hasSecret: boolean): Provider => ({
  id: provider.id,
  name: provider.configuredName,
  label: provider.label,
  host: requireUrl(provider.fhirBase).host,
  ...(provider.about && { about: provider.about }),
  hue: provider.hue,
  builtIn: provider.builtIn,
  ...(provider.managed && { managed: true as const }),
  fhirBase: provider.fhirBase,
  clientId: provider.clientId,
  hasSecret,
  redirectUri: redirectUriOf(provider),
  authorizationEndpoint: provider.authorizationEndpoint,
  ...(provider.addedOnFindPage && { addedOnFindPage: true as const }),
})
