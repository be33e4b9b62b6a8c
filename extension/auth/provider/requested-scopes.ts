import { exportedTypes, resourceTypes } from '../../messages/record-lists.ts'
import type { Purpose } from '../../messages/state.ts'
import type { Metadata } from './metadata.ts'

/** The scopes that are requested. The person may untick some, and the organization grants those that fit their role. */
const requestedScopes: Record<Purpose | 'launch', string> = {
  record: 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs',
  // Only what the page of a launch shows, medications by name; no `offline_access`, so the grant ends with the visit.
  launch: `openid fhirUser launch ${['Patient', ...resourceTypes, 'Medication'].map((type) => `patient/${type}.rs`).join(' ')}`,
  administer: 'openid fhirUser user/AuditEvent.rs client.register',
}

/** What an organization says of the scopes that it knows, once, before the request: a refusal does not change what is requested. */
type ScopeAbilities = Pick<Metadata, 'capabilities' | 'scopes_supported'> & { hasIssuer: boolean }

/**
 * Returns the scopes to request. Without an identified issuer an id_token could not be checked, so none is requested. An organization
 * that knows only version 1 of the grammar (SMART App Launch 1.0) is asked in that.
 */
export const scopesFor = (purpose: Purpose | 'launch', organization: ScopeAbilities): string => {
  const scope = requestedScopes[purpose]
  const words = (organization.hasIssuer ? scope : scope.replace('openid fhirUser ', '')).split(' ')
  if (!knowsOnlyVersion1(organization)) return words.join(' ')
  return words.flatMap((word) => inVersion1(word, organization.scopes_supported ?? [])).join(' ')
}

/** An organization with version 2 says so among its capabilities or scopes; one that says nothing of scopes is taken to know both. */
const knowsOnlyVersion1 = ({ capabilities, scopes_supported = [] }: ScopeAbilities): boolean =>
  !capabilities.includes('permission-v2') &&
  !hasVersion(2, scopes_supported) &&
  (hasVersion(1, scopes_supported) || capabilities.some((capability) => capability.startsWith('permission-')))

const hasVersion = (version: ResourceScope['version'], scopes: readonly string[]): boolean =>
  scopes.some((scope) => parseResourceScope(scope)?.version === version)

/** Returns a scope of the record as the organization names it: by types if it names no wildcard, and nothing if it names neither. */
const inVersion1 = (scope: string, supported: readonly string[]): string[] => {
  const requested = parseResourceScope(scope)
  if (!requested) return [scope]
  const { context, type } = requested
  const offered = supported.flatMap((text) => {
    const offer = parseResourceScope(text)
    return offer?.version === 1 && offer.context === context && offer.access.includes('r') ? [offer.type] : []
  })
  if (!hasVersion(1, supported) || offered.includes('*') || offered.includes(type))
    return [`${context}/${type}.read`]
  return type === '*'
    ? usedTypes.filter((each) => offered.includes(each)).map((each) => `${context}/${each}.read`)
    : []
}

/** The types that Carekey reads or exports; of medications also what they refer to. */
const usedTypes = [...exportedTypes, 'AuditEvent', 'Medication']

/** A resource scope in either version of the grammar (SMART App Launch 2.2, sections 3.0 and 3.0.2.1). */
export interface ResourceScope {
  /** As it is written. */
  readonly word: string
  readonly context: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  readonly version: 1 | 2
  /** Letters of `cruds`, into which version 1 is translated. */
  readonly access: string
  /** With its `?`; empty if there is none. */
  readonly query: string
}

const GRAMMAR = /^(patient|user|system)\/(\*|[A-Za-z]{1,100})\.(read|write|\*|[cruds]{1,5})(\?.*)?$/

const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

/** Parses a word of a scope; undefined if it is not about resources. */
export const parseResourceScope = (word: string): ResourceScope | undefined => {
  const [, context, type, written = '', query = ''] = GRAMMAR.exec(word) ?? []
  if (!context || !type) return undefined
  const access = VERSION_1[written]
  return {
    ...{ word, context: context as ResourceScope['context'], type, query },
    ...(access === undefined ? { version: 2, access: written } : { version: 1, access }),
  }
}

/** Characters of a scope that are read, because an organization may grant hundreds of them. */
const longestScopes = 20_000

/** Splits a scope. A word that was cut in the middle could grant more than the whole one. */
export const wordsOf = (scope: string): string[] => {
  const words = scope.slice(0, longestScopes).split(' ')
  return (scope.length > longestScopes ? words.slice(0, -1) : words).filter(Boolean)
}
