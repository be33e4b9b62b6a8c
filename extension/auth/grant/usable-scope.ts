import { ProblemError } from '../../messages/errors.ts'
import type { Policy } from '../../messages/state.ts'
import { segmentsWithin } from '../../net/address.ts'
import type { Session } from '../../storage/items.ts'
import { findPolicy, withoutForbidden } from '../provider/policy.ts'
import { parseResourceScope, type ResourceScope, wordsOf } from '../provider/requested-scopes.ts'
import { abilities, covers, readScope, readsEverything } from './scopes.ts'

/**
 * Returns the part of a granted scope that may be used: what was requested and the policy in force allows, whatever the organization
 * granted. Only what Carekey uses is kept, within the limits of `readScope`.
 */
export const usableScope = (granted: string, requested: string, policy: Policy | undefined): string =>
  readScope(narrowedScope(granted, requested, policy))

/**
 * Returns the same part with the types that Carekey does not show, which an export contains, and the words of identity: what a refresh
 * asks for to get narrower tokens (RFC 6749 section 6).
 */
export const narrowedScope = (granted: string, requested: string, policy: Policy | undefined): string => {
  const request = readRequest(withoutForbidden(requested, policy))
  const words = wordsOf(granted).flatMap((word) => partsOf(word, request))
  return withoutForbidden([...new Set(words)].join(' '), policy)
}

/** Checks whether an organization granted more than may be used, so that its tokens reach further than they should. */
export const isExcessive = (granted: string, requested: string, policy: Policy | undefined): boolean => {
  const request = readRequest(withoutForbidden(requested, policy))
  return wordsOf(granted).some((word) => partsOf(word, request).join(' ') !== word)
}

/** Checks whether a refresh token may be kept: staying connected was requested, and the policy in force allows it. */
export const mayStayConnected = (requested: string, policy: Policy | undefined): boolean =>
  withoutForbidden(requested, policy).split(' ').includes('offline_access')

/** Words that are not about resources, but open something: registering applications, and staying connected. */
const POWERS = ['client.register', 'offline_access', 'online_access']

interface ScopeRequest {
  resources: ResourceScope[]
  words: string[]
}

const readRequest = (scope: string): ScopeRequest => {
  const words = wordsOf(scope)
  return { words, resources: words.flatMap((word) => parseResourceScope(word) ?? []) }
}

/** Returns a granted word as it is if all of it was requested, and otherwise the parts of it that were. */
const partsOf = (word: string, { resources, words }: ScopeRequest): string[] => {
  const granted = parseResourceScope(word)
  if (!granted) return POWERS.includes(word) && !words.includes(word) ? [] : [word]
  const parts = resources.flatMap((requested) => commonPart(granted, requested) ?? [])
  return parts.includes(word) ? [word] : parts
}

/** A granted query stays: it is a limit. A requested one is a limit too, so it has to be granted as it is. */
const commonPart = (granted: ResourceScope, requested: ResourceScope): string | undefined => {
  const type = granted.type === '*' ? requested.type : granted.type
  const isSameType = requested.type === '*' || requested.type === type
  const isSameQuery = requested.query === '' || requested.query === granted.query
  if (granted.context !== requested.context || !isSameType || !isSameQuery) return undefined
  const letters = [...'cruds'].filter((one) => granted.access.includes(one) && requested.access.includes(one))
  const access = letters.join('')
  if (access === granted.access && type === granted.type) return granted.word
  if (access === requested.access && type === requested.type && granted.query === '') return requested.word
  return access === '' ? undefined : `${granted.context}/${type}.${access}${granted.query}`
}

/**
 * Requires that a request reads only what was requested at sign-in and the policy allows, because the organization may have granted
 * more. A page link without a type continues an earlier request.
 *
 * @throws ProblemError `policy-forbids`, or `refused` if there is no policy of scopes; `foreign-link` for an address outside the base.
 */
export const requireUsable = async ({ requestedScope, fhirBase }: Session, url: URL): Promise<void> => {
  const segments = segmentsWithin(fhirBase, url)
  if (!segments) throw new ProblemError('foreign-link', { host: url.host })
  const isUsable = segments.every((each, place) => {
    if (each === '$everything') return readsEverything(requestedScope)
    // The second segment is an id.
    return place === 1 || !/^[A-Z]/.test(each) || covers(requestedScope, each)
  })
  if (!isUsable) throw await forbidden()
}

/**
 * Requires that a session may register and change applications.
 *
 * @throws ProblemError `policy-forbids`, or `refused` if there is no policy of scopes.
 */
export const requireRegistering = async ({ scope }: Session): Promise<void> => {
  if (!abilities(scope, false).registerApplications) throw await forbidden()
}

const forbidden = async (): Promise<ProblemError> =>
  new ProblemError((await findPolicy())?.forbiddenScopes?.length ? 'policy-forbids' : 'refused')
