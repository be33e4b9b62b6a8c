import { requireUrl } from '../../../values/parse-address.ts'
import type { ExportedProvider } from '../../messages/configuration.ts'
import { ProblemError } from '../../messages/errors.ts'
import type { Policy, PolicyLock, PolicyWindow } from '../../messages/state.ts'
import { inAscii, isWithin, requireFhirBase, spellingOf } from '../../net/address.ts'
import { readManaged } from '../../storage/area.ts'
import type { EndOf, Session } from '../../storage/items.ts'

/** A provider that the administration of this browser has set. */
export type ManagedProvider = Omit<ExportedProvider, 'redirectUri'>

export interface PolicyInForce extends Policy {
  providers: ManagedProvider[]
}

const hour = 3_600_000
const windowLengths: Record<PolicyWindow, number> = {
  visit: hour,
  hour,
  day: 24 * hour,
  month: 30 * 24 * hour,
}
const policyLocks: PolicyLock[] = ['providers', 'applications']

/** A policy that allows nothing. It replaces one that cannot be read, because its author meant to forbid something. */
const unreadablePolicy: PolicyInForce = {
  allowedProviders: [],
  providers: [],
  forbiddenScopes: [],
  locked: policyLocks,
  faulty: true,
}

/** Reads the policy in force each time, so that a change takes effect at once. Undefined if there is none. */
export const findPolicy = async (): Promise<PolicyInForce | undefined> => {
  const managed = await readManaged()
  if (!managed) return undefined
  try {
    return parsePolicy(managed)
  } catch {
    return unreadablePolicy
  }
}

/** @throws ProblemError `policy-forbids` if the administration has locked this. */
export const requireUnlocked = async (what: PolicyLock): Promise<void> => {
  if ((await findPolicy())?.locked.includes(what)) throw new ProblemError('policy-forbids')
}

/** Checks whether a provider with this FHIR base may be used, configured and shown. */
export const allows = (policy: Policy | undefined, fhirBase: string): boolean =>
  policy?.allowedProviders?.some((address) => isWithin(address, requireUrl(spellingOf(fhirBase)))) ?? true

/**
 * Checks whether a provider may be configured with these addresses: its sign-in and its relay must be at the provider's own host,
 * or at one that the administration allows.
 */
const allowsAddresses = (policy: Policy | undefined, provider: ProviderAddresses): boolean => {
  if (!allows(policy, provider.fhirBase)) return false
  const { allowedProviders } = policy ?? {}
  if (!allowedProviders) return true
  const hosts = [provider.fhirBase, ...allowedProviders].map((address) => requireUrl(address).host)
  return [provider.authorizationEndpoint, provider.redirectUri]
    .filter(Boolean)
    .every((address) => hosts.includes(requireUrl(address).host))
}

/** The addresses of a provider that a policy compares; those not configured are empty. */
interface ProviderAddresses {
  fhirBase: string
  authorizationEndpoint: string
  redirectUri: string
}

/**
 * Checks that the policy lets people configure these providers.
 *
 * @throws ProblemError `policy-forbids`.
 */
export const requireConfigurable = async (providers: ProviderAddresses[]): Promise<void> => {
  await requireUnlocked('providers')
  const policy = await findPolicy()
  if (!providers.every((provider) => allowsAddresses(policy, provider)))
    throw new ProblemError('policy-forbids')
}

/**
 * Removes scopes that are forbidden or overlap with a forbidden one (`patient/*.rs` covers `patient/Condition.rs`), and
 * `offline_access` if a session may last one visit only.
 */
export const withoutForbidden = (scope: string, policy: Policy | undefined): string =>
  scope
    .split(' ')
    .filter(
      (requested) => !(policy?.forbiddenScopes ?? []).some((forbidden) => overlaps(requested, forbidden)),
    )
    .filter((requested) => !(requested === 'offline_access' && policy?.longestWindow === 'visit'))
    .join(' ')

/** A session ends with its grant, or before that with the policy's window, which counts from its sign-in. */
const endUnder =
  (policy: Policy | undefined): EndOf =>
  ({ endsAt, signedInAt }) => {
    if (!policy?.longestWindow) return endsAt
    return Math.min(signedInAt + windowLengths[policy.longestWindow], endsAt ?? Number.POSITIVE_INFINITY)
  }

export const findEndOf = async (): Promise<EndOf> => endUnder(await findPolicy())

const overlaps = (requested: string, forbidden: string): boolean => {
  const [one, other] = [resourceScope(requested), resourceScope(forbidden)]
  if (!one || !other) return requested === forbidden
  return one.context === other.context && (one.type === other.type || [one.type, other.type].includes('*'))
}

const resourceScope = (scope: string): { context: string; type: string } | undefined => {
  const [, context, type] = /^(patient|user|system)\/(\*|[A-Za-z]+)\./.exec(scope) ?? []
  return context && type ? { context, type } : undefined
}

const MEMBERS = ['allowedProviders', 'providers', 'forbiddenScopes', 'longestWindow', 'locked']

const parsePolicy = (managed: Record<string, unknown>): PolicyInForce => {
  for (const name of Object.keys(managed)) if (!MEMBERS.includes(name)) throw new Error(name)
  const { allowedProviders, providers = [], forbiddenScopes = [], longestWindow, locked = [] } = managed
  if (longestWindow !== undefined && !Object.hasOwn(windowLengths, String(longestWindow)))
    throw new Error('longestWindow')
  return {
    ...(allowedProviders !== undefined && {
      allowedProviders: requireTexts(allowedProviders).map((address) => requireFhirBase(inAscii(address))),
    }),
    providers: requireList(providers).map(readManagedProvider),
    forbiddenScopes: requireTexts(forbiddenScopes),
    ...(longestWindow !== undefined && { longestWindow: longestWindow as PolicyWindow }),
    locked: requireTexts(locked).map((lock) => {
      if (!policyLocks.includes(lock as PolicyLock)) throw new Error(lock)
      return lock as PolicyLock
    }),
  }
}

const readManagedProvider = (value: unknown): ManagedProvider => {
  const { name, clientId, fhirBase, authorizationEndpoint = '' } = Object(value)
  const [displayName, id, base, login] = requireTexts([name, clientId, fhirBase, authorizationEndpoint])
  if (!displayName || !id || !base) throw new Error('providers')
  return {
    name: displayName,
    clientId: id,
    fhirBase: requireFhirBase(inAscii(base)),
    authorizationEndpoint: login ? requireFhirBase(inAscii(login)) : '',
  }
}

const requireList = (value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw new Error('a list is needed')
  return value
}

const requireTexts = (value: unknown): string[] =>
  requireList(value).map((each) => {
    if (typeof each !== 'string') throw new Error('a text is needed')
    return each.trim()
  })

export const forbidsStaying = (policy: Policy | undefined): boolean =>
  withoutForbidden('offline_access', policy) === ''

/**
 * Returns the session as far as the policy allows it: its scope, whether it outlives the browser, and its end if the policy's is
 * earlier than the grant's. The policy may be set after signing in.
 */
export const limitByPolicy = (session: Session, policy: Policy | undefined): Session => {
  if (!policy) return session
  const allowed = {
    ...session,
    scope: withoutForbidden(session.scope, policy),
    requestedScope: withoutForbidden(session.requestedScope, policy),
    staysConnected: session.staysConnected && !forbidsStaying(policy),
  }
  const endsAt = endUnder(policy)(session)
  return endsAt === undefined || endsAt === session.endsAt
    ? allowed
    : { ...allowed, endsAt, endsBy: 'policy' }
}
