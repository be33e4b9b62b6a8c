import type { ClientAuth } from 'oauth4webapi'
import { ClientSecretBasic, None } from 'oauth4webapi'
import browser from 'webextension-polyfill'
import type { ProviderForm } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'
import { readableName } from '../messages/readable.ts'
import { redirectAddress } from '../messages/redirect-address.ts'
import type { Provider } from '../messages/state.ts'
import { requireAddress, requireFhirBase } from '../net/address.ts'
import { forget, forgetLog } from '../storage/forget.ts'
import { items, type SavedProvider } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import type { Vault } from '../storage/vault.ts'
import { allows, allowsAddresses, findPolicy, requireUnlocked } from './policy.ts'
import { labelsOf } from './provider-labels.ts'

/** A provider of this build, or one an administrator configured. */
export interface KnownProvider extends SavedProvider {
  /** What it is called wherever it is named: its name, with the host beside it where that would tell it from no other. */
  label: string
  builtIn: boolean
  /** Set by the administration of this browser. */
  managed?: true
}

/** What a client secret is bound to, besides the issuer. */
export type Application = Pick<SavedProvider, 'id' | 'fhirBase' | 'clientId'>

/** Sealed together: a client secret, and what it was given for. The issuer is known from its first use on. */
interface Secret {
  value: string
  fhirBase: string
  clientId: string
  issuer?: string
}

export interface Providers {
  list(): Promise<KnownProvider[]>
  /** Throws `unknown-organization`. */
  require(id: string): Promise<KnownProvider>
  /**
   * How Carekey proves to be the application it says: with its secret, or not at all as a public client. A secret goes to the
   * FHIR base, the application and the issuer it was given for, and nowhere else. Throws `wrong-credentials`.
   */
  clientAuthentication(application: Application, issuer: string): Promise<ClientAuth>
  /** Neither saved nor of this build, and no policy would bring it back. */
  isGone(id: string): Promise<boolean>
  /** As pages see them. */
  describe(): Promise<Provider[]>
  /** Whether saving the form makes another organization or application of a known provider. Throws what `save` throws. */
  moves(form: ProviderForm): Promise<boolean>
  /** Throws `invalid-input` and the faults of an address, with the form's `field`. */
  save(form: ProviderForm): Promise<Provider>
  /** Several at once, in one write: all of them are there afterwards, or none. Secrets of those that stay the same are kept. */
  saveAll(forms: (CheckedForm & { id?: string })[]): Promise<void>
  /** Another secret of the same application. */
  replaceSecret(id: string, secret: string): Promise<void>
  remove(id: string): Promise<void>
}

type Unlabelled = Omit<KnownProvider, 'label'>

const builtIns = (): Unlabelled[] =>
  __KNOWN_PROVIDERS__.map((provider, hue) => ({
    authorizationEndpoint: '',
    redirectUri: '',
    ...provider,
    hue,
    builtIn: true,
  }))

/** This browser's address for answers; each provider has a path of its own below it. */
export const ownRedirectUri = (): string => browser.identity.getRedirectURL()

/** What a provider is told to answer to: the path of its own, or the relay that it was configured with. */
export const redirectUriOf = ({
  redirectUri,
  fhirBase,
}: Pick<SavedProvider, 'redirectUri' | 'fhirBase'>): string =>
  redirectUri || redirectAddress(ownRedirectUri(), fhirBase)

export const createProviders = (vault: Vault): Providers => {
  const list = async () => {
    const [saved, policy] = await Promise.all([items.providers.get(), findPolicy()])
    const configured = Object.values(saved).map((provider) => ({ ...provider, builtIn: false }))
    const known = underPolicy([...builtIns(), ...configured], policy)
    const labels = labelsOf(known)
    return known.map((provider) => ({
      ...provider,
      name: readableName(provider.name),
      label: labels.get(provider.id) ?? '',
    }))
  }

  const require = async (id: string) => {
    const provider = (await list()).find((candidate) => candidate.id === id)
    if (!provider) throw new ProblemError('unknown-organization')
    return provider
  }

  const describe = async () => {
    const [known, secrets] = await Promise.all([list(), items.secrets.get()])
    return known.map((provider) => toProvider(provider, Object.hasOwn(secrets, provider.id)))
  }

  const sealSecret = async (id: string, secret: Secret) => {
    const sealed = await vault.seal(records.secret(id), secret)
    await items.secrets.put(id, sealed)
  }

  /** @param secret empty for none. */
  const keepSecret = async ({ id, fhirBase, clientId }: Application, secret: string) => {
    if (secret === '') await items.secrets.delete(id)
    else await sealSecret(id, { value: secret, fhirBase, clientId })
  }

  return {
    list,
    require,
    describe,

    clientAuthentication: async ({ id, fhirBase, clientId }, issuer) => {
      const sealed = await items.secrets.find(id)
      if (!sealed) return None()
      const secret = await vault.open<Secret>(records.secret(id), sealed)
      const isFor =
        secret?.fhirBase === fhirBase &&
        secret.clientId === clientId &&
        (secret.issuer === undefined || secret.issuer === issuer)
      if (!isFor) throw new ProblemError('wrong-credentials')
      if (secret.issuer === undefined) {
        const bound = await vault.seal(records.secret(id), { ...secret, issuer })
        // Another secret, or none, since it was read.
        await items.secrets.change(id, (kept) => (kept?.iv === sealed.iv ? bound : kept))
      }
      return ClientSecretBasic(secret.value)
    },

    isGone: async (id) => {
      const others = builtIns().map((provider) => provider.id)
      return (
        !id.startsWith(managedId) && ![...Object.keys(await items.providers.get()), ...others].includes(id)
      )
    },

    moves: async (form) => {
      const known = (await list()).find(({ id }) => id === form.id)
      return known !== undefined && !known.builtIn && isAnother(known, readForm(form))
    },

    save: async (form) => {
      await requireConfigurable([readForm(form)])
      const known = await list()
      const existing = known.find(({ id }) => id === form.id)
      if (form.id !== undefined && (!existing || existing.builtIn))
        throw new ProblemError('unknown-organization')
      const provider: SavedProvider = {
        id: existing?.id ?? crypto.randomUUID(),
        hue: existing?.hue ?? freeHue(known),
        ...readForm(form),
      }
      if (form.clientSecret !== undefined) await keepSecret(provider, form.clientSecret)
      else if (existing && isAnother(existing, provider)) await items.secrets.delete(provider.id)
      await items.providers.put(provider.id, provider)
      if (existing && existing.fhirBase !== provider.fhirBase) await forgetLog(provider.id)
      return toProvider(await require(provider.id), await items.secrets.has(provider.id))
    },

    saveAll: async (forms) => {
      await requireConfigurable(forms)
      const all: Unlabelled[] = await list()
      const saved: Record<string, SavedProvider> = {}
      for (const form of forms) {
        const existing = all.find(({ id }) => id === form.id)
        const id = existing?.id ?? crypto.randomUUID()
        saved[id] = { ...form, id, hue: existing?.hue ?? freeHue(all) }
        if (!existing) all.push({ ...saved[id], builtIn: false })
      }
      for (const { id, ...form } of Object.values(saved)) {
        const existing = all.find((known) => known.id === id)
        if (existing && isAnother(existing, form)) await items.secrets.delete(id)
      }
      await items.providers.update((providers) => ({ ...providers, ...saved }))
      for (const { id, fhirBase } of Object.values(saved))
        if (all.some((known) => known.id === id && known.fhirBase !== fhirBase)) await forgetLog(id)
    },

    replaceSecret: async (id, secret) => keepSecret(await require(id), secret),

    remove: async (id) => {
      await requireUnlocked('providers')
      await forget('provider', [id])
    },
  }
}

/** Another organization or application: what was allowed to the one before, and its secret, are none of its business. */
const isAnother = (
  before: Pick<SavedProvider, 'fhirBase' | 'clientId' | 'authorizationEndpoint'>,
  after: Pick<SavedProvider, 'fhirBase' | 'clientId' | 'authorizationEndpoint'>,
): boolean =>
  before.fhirBase !== after.fhirBase ||
  before.clientId !== after.clientId ||
  before.authorizationEndpoint !== after.authorizationEndpoint

const managedId = 'managed '

/** What the administration set stands in for one's own at the same address; of the others only what it allows is left. */
const underPolicy = (own: Unlabelled[], policy: Awaited<ReturnType<typeof findPolicy>>): Unlabelled[] => {
  const all = own.filter(({ fhirBase }) => !policy?.providers.some((set) => set.fhirBase === fhirBase))
  const allowed = all.filter(({ fhirBase }) => allows(policy, fhirBase))
  for (const set of policy?.providers ?? [])
    allowed.push({
      ...set,
      id: `${managedId}${set.fhirBase} ${set.clientId}`,
      hue: freeHue(allowed),
      redirectUri: '',
      builtIn: true,
      managed: true,
    })
  return allowed
}

/** Throws `policy-forbids`. */
const requireConfigurable = async (forms: CheckedForm[]): Promise<void> => {
  await requireUnlocked('providers')
  const policy = await findPolicy()
  if (!forms.every((form) => allowsAddresses(policy, form))) throw new ProblemError('policy-forbids')
}

const freeHue = (known: Unlabelled[]): number => {
  const taken = new Set(known.map(({ hue }) => hue))
  const gap = known.findIndex((_, hue) => !taken.has(hue))
  return gap < 0 ? known.length : gap
}

export type CheckedForm = ReturnType<typeof readForm>

/** A form's fields, checked and as they are stored. Throws `invalid-input` and the faults of an address, with the `field`. */
export const readForm = (form: Omit<ProviderForm, 'id' | 'clientSecret'>) => ({
  // Too long is refused before anything is cut.
  name: requireText(readableName(requireText(form.name, 'name', 100), 100), 'name', 100),
  clientId: requireText(form.clientId, 'clientId', 500),
  fhirBase: requireFhirBase(form.fhirBase),
  authorizationEndpoint: requireAddress(form.authorizationEndpoint, 'authorizationEndpoint').href,
  redirectUri: checkedRedirectUri(form.redirectUri),
})

const requireText = (text: string, field: string, maxLength: number): string => {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > maxLength) throw new ProblemError('invalid-input', { field })
  return trimmed
}

/** This browser's own is not stored: it follows from the FHIR base, differs between browsers, and empty stands for it. */
const checkedRedirectUri = (text: string): string => {
  const trimmed = text.trim()
  if (trimmed === '' || URL.parse(trimmed)?.origin === new URL(ownRedirectUri()).origin) return ''
  return requireAddress(trimmed, 'redirectUri').href
}

const toProvider = (provider: KnownProvider, hasSecret: boolean): Provider => ({
  id: provider.id,
  name: provider.name,
  label: provider.label,
  host: new URL(provider.fhirBase).host,
  ...(provider.about && { about: provider.about }),
  hue: provider.hue,
  builtIn: provider.builtIn,
  ...(provider.managed && { managed: true as const }),
  fhirBase: provider.fhirBase,
  clientId: provider.clientId,
  hasSecret,
  redirectUri: redirectUriOf(provider),
  authorizationEndpoint: provider.authorizationEndpoint,
})
