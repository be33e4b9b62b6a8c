import { exportedTypes, resourceTypes } from '../../messages/record-lists.ts'
import type { Purpose } from '../../messages/state.ts'
import type { Metadata } from './metadata.ts'
import { parseResourceScope, type ResourceScope } from './resource-scope.ts'

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
const usedTypes = [...new Set([...resourceTypes, ...exportedTypes, 'AuditEvent', 'Medication'])]
