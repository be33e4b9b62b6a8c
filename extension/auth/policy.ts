import { ProblemError } from '../messages/errors.ts'
import type { Policy, PolicyLock, PolicyWindow } from '../messages/policy.ts'
import { requireFhirBase } from '../net/address.ts'
import { isWithin } from '../net/within-base.ts'
import type { Session } from '../storage/items.ts'
import { readManaged } from '../storage/managed.ts'

/** A provider that the administration of this browser has set. */
interface ManagedProvider {
  name: string
  clientId: string
  fhirBase: string
  authorizationEndpoint: string
}

interface FoundPolicy extends Policy {
  providers: ManagedProvider[]
}

const hour = 3_600_000
const lengths: Record<PolicyWindow, number> = { visit: hour, hour, day: 24 * hour, month: 30 * 24 * hour }
const locks: PolicyLock[] = ['providers', 'applications']

/** Nothing is allowed: who set a policy meant to forbid something. */
const faulty: FoundPolicy = {
  allowedProviders: [],
  providers: [],
  forbiddenScopes: [],
  locked: locks,
  faulty: true,
}

/** The policy in force, read anew each time, so that a change acts at once. Undefined where there is none. */
export const findPolicy = async (): Promise<FoundPolicy | undefined> => {
  const managed = await readManaged()
  if (!managed) return undefined
  try {
    return parse(managed)
  } catch {
    return faulty
  }
}

/** Throws `policy-forbids` when the administration has locked this. */
export const requireUnlocked = async (what: PolicyLock): Promise<void> => {
  if ((await findPolicy())?.locked.includes(what)) throw new ProblemError('policy-forbids')
}

/** Whether a provider with this FHIR base may be used, configured and shown. */
export const allows = (policy: Policy | undefined, fhirBase: string): boolean =>
  policy?.allowedProviders?.some((address) => isWithin(address, new URL(fhirBase))) ?? true

/**
 * Whether a provider may be configured with these addresses: signing in, and a relay, are at the provider's own host, or at one
 * that the administration allows.
 */
export const allowsAddresses = (
  policy: Policy | undefined,
  provider: { fhirBase: string; authorizationEndpoint: string; redirectUri: string },
): boolean => {
  if (!allows(policy, provider.fhirBase)) return false
  const { allowedProviders } = policy ?? {}
  if (!allowedProviders) return true
  const hosts = [provider.fhirBase, ...allowedProviders].map((address) => new URL(address).host)
  return [provider.authorizationEndpoint, provider.redirectUri]
    .filter(Boolean)
    .every((address) => hosts.includes(new URL(address).host))
}

/** What may be asked for: nothing that is forbidden, nor what would hold it (`patient/*.rs` holds `patient/Condition.rs`). */
export const withoutForbidden = (scope: string, policy: Policy | undefined): string =>
  scope
    .split(' ')
    .filter((asked) => !(policy?.forbiddenScopes ?? []).some((forbidden) => meets(asked, forbidden)))
    .filter((asked) => !(asked === 'offline_access' && policy?.longestWindow === 'visit'))
    .join(' ')

/** When a session has to be over; undefined leaves it to the grant. Milliseconds since 1970. */
const latestEnd = (policy: Policy | undefined, signedInAt: number): number | undefined =>
  policy?.longestWindow && signedInAt + lengths[policy.longestWindow]

const meets = (asked: string, forbidden: string): boolean => {
  const [one, other] = [resourceScope(asked), resourceScope(forbidden)]
  if (!one || !other) return asked === forbidden
  return one.context === other.context && (one.type === other.type || [one.type, other.type].includes('*'))
}

const resourceScope = (scope: string): { context: string; type: string } | undefined => {
  const [, context, type] = /^(patient|user|system)\/(\*|[A-Za-z]+)\./.exec(scope) ?? []
  return context && type ? { context, type } : undefined
}

const KNOWN = ['allowedProviders', 'providers', 'forbiddenScopes', 'longestWindow', 'locked']

const parse = (managed: Record<string, unknown>): FoundPolicy => {
  for (const name of Object.keys(managed)) if (!KNOWN.includes(name)) throw new Error(name)
  const { allowedProviders, providers = [], forbiddenScopes = [], longestWindow, locked = [] } = managed
  if (longestWindow !== undefined && !Object.hasOwn(lengths, String(longestWindow)))
    throw new Error('longestWindow')
  return {
    ...(allowedProviders !== undefined && {
      allowedProviders: texts(allowedProviders).map((address) => requireFhirBase(address)),
    }),
    providers: list(providers).map(managedProvider),
    forbiddenScopes: texts(forbiddenScopes),
    ...(longestWindow !== undefined && { longestWindow: longestWindow as PolicyWindow }),
    locked: texts(locked).map((lock) => {
      if (!locks.includes(lock as PolicyLock)) throw new Error(lock)
      return lock as PolicyLock
    }),
  }
}

const managedProvider = (value: unknown): ManagedProvider => {
  const { name, clientId, fhirBase, authorizationEndpoint = '' } = Object(value)
  const [shown, id, base, login] = texts([name, clientId, fhirBase, authorizationEndpoint])
  if (!shown || !id || !base) throw new Error('providers')
  return {
    name: shown,
    clientId: id,
    fhirBase: requireFhirBase(base),
    authorizationEndpoint: login ? requireFhirBase(login) : '',
  }
}

const list = (value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw new Error('a list is needed')
  return value
}

const texts = (value: unknown): string[] =>
  list(value).map((each) => {
    if (typeof each !== 'string') throw new Error('a text is needed')
    return each.trim()
  })

/** The administration of this browser may set an earlier end than the grant has, also after signing in. */
export const withinPolicy = async (session: Session): Promise<Session> => {
  const latest = latestEnd(await findPolicy(), session.signedInAt)
  return latest === undefined || (session.endsAt !== undefined && session.endsAt <= latest)
    ? session
    : { ...session, endsAt: latest, endsBy: 'policy' }
}
