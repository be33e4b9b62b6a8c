import { fittingWords } from './scope-budget.ts'
import { parseScope, parseScopes, readOnlyScope, type SmartScope } from './scopes.ts'

/** Scopes of identity and launch, which grant no resources. A registration does not limit them. */
export const IDENTITY_SCOPES: readonly string[] = [
  'openid',
  'fhirUser',
  'offline_access',
  'launch',
  'launch/patient',
  'launch/encounter',
]

const covers = (wide: SmartScope, narrow: SmartScope): boolean =>
  wide.context === narrow.context &&
  (wide.type === '*' || wide.type === narrow.type) &&
  [...narrow.actions].every((action) => wide.actions.includes(action)) &&
  [...limitsOf(wide).keys()].every((meaning) => limitsOf(narrow).has(meaning))

/**
 * Returns the parameters of a scope as they are written, by what they mean: `date=2024` and `date=eq2024` mean the same. A resource must
 * match all of them, so each further one narrows the scope.
 */
export const limitsOf = ({ constraint }: SmartScope): ReadonlyMap<string, string> => {
  const parameters = constraint?.query.split('&') ?? []
  const meanings = constraint?.filters.map(({ any, ...filter }) =>
    JSON.stringify([filter, [...new Set(any.map((each) => JSON.stringify(each)))].toSorted()]),
  )
  return new Map(meanings?.map((meaning, at) => [meaning, parameters[at] ?? '']))
}

/**
 * Limits a `scope` to the registration: each word stays, becomes the narrower scopes that are registered, or goes. Compares only
 * the reading part of a resource scope, because nothing else is ever granted. Identity scopes stay.
 *
 * @param registeredScope client metadata `scope`; if it is absent, only the person limits access.
 */
export const limitToRegistration = (registeredScope: string | undefined, scope: string): string => {
  if (registeredScope === undefined || registeredScope === scope) return scope
  const registeredWords = new Set([...registeredScope.split(' '), ...IDENTITY_SCOPES])
  const words = scope.split(' ')
  if (words.every((word) => registeredWords.has(word))) return scope
  const registered = parseScopes(registeredScope).flatMap((each) => readOnlyScope(each) ?? [])
  const limitWord = (word: string): string[] => {
    if (registeredWords.has(word)) return [word]
    const requested = parseScope(word)
    if (!requested) return []
    const reading = readOnlyScope(requested) ?? requested
    if (registered.some((each) => covers(each, reading))) return [word]
    return registered.filter((each) => covers(reading, each)).map(({ text }) => text)
  }
  return fittingWords(words.flatMap(limitWord), scope).join(' ')
}

/**
 * The members of an application's registration that limit what it was given before. They are read with each use of a grant, and
 * never copied into it, so that a change of the registration takes effect at the next request (J10).
 */
export interface Registration {
  readonly client_name?: string
  readonly scope?: string
  readonly response_types?: readonly string[]
  readonly grant_types?: readonly string[]
  readonly dpop_bound_access_tokens?: boolean
}

/**
 * Returns the part of a consented scope that the application may still ask for; `undefined` if that is nothing, or if it may no
 * longer act for people.
 */
export const registeredConsent = (
  { scope, response_types = ['code'] }: Registration,
  consented: string,
): string | undefined =>
  response_types.includes('code') ? limitToRegistration(scope, consented) || undefined : undefined

/**
 * Returns the scope that a backend service's token still has; `undefined` if that is nothing, if the service may no longer act for
 * itself, or if its tokens have to be bound to a key and this one is not.
 */
export const registeredSystemScope = (
  registration: Registration,
  token: { readonly scope?: string | undefined; readonly jkt?: unknown },
): string | undefined => {
  const { scope = '', grant_types = [] } = registration
  if (!grant_types.includes('client_credentials') || !isBoundAsRegistered(registration, token))
    return undefined
  return limitToRegistration(scope, token.scope ?? '') || undefined
}

/** Checks whether an access token is bound to a key, if the application's have to be (RFC 9449 section 5.2). */
export const isBoundAsRegistered = (
  { dpop_bound_access_tokens: needsKey = false }: Registration,
  { jkt }: { readonly jkt?: unknown },
): boolean => !needsKey || jkt !== undefined
