import { limitToRegistration } from './scopes/registered-scope.ts'

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
