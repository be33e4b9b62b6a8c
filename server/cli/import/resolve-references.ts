import { parseKeepingDigits } from '../../fhir/index/resource-text.ts'
import { COMPARTMENT, patientsOf, SHARED } from '../../query/compartment.ts'
import { isObject, type Json, valuesAt } from '../../query/json-path.ts'
import { mayNamePatient } from '../../query/patient-elements.ts'
import { CONDITION, localReference } from '../../query/reference.ts'
import type { BundleScope } from './bundle-scope.ts'

/** Why a reference cannot be resolved in this store. */
export type Fault = 'nobody' | 'several' | 'another-server' | 'unsupported-condition' | 'malformed'
/** `by-name-only`: the patient is named by identifier or display, or contained. `no-patient`: no patient is named at all. */
export type Unresolved = Fault | 'by-name-only' | 'no-patient'

interface ResolvedRecord {
  readonly resource: Json
  /** As JSON, numbers as written. */
  readonly text: string
  /** Unresolved references as written, elements without a reference, or the resource itself, with their reasons. */
  readonly unresolved: ReadonlyMap<string, Unresolved>
  /** Whether it has a reference that matches nothing yet, but may match a resource of another file. */
  readonly waiting: boolean
  /** The reference that would put it into a record, if that reference cannot be resolved. */
  readonly lostPatient?: LostPatient
}

export interface LostPatient {
  readonly reference: string
  readonly fault: Fault
}

/** Returns the names (`Type/id`) of the resources with this identifier, in the Bundle, in the import and in the store. */
export type FindByIdentifier = (
  type: string,
  system: string,
  value: string,
  scope: BundleScope,
) => Promise<ReadonlySet<string>>

interface Surroundings {
  readonly scope: BundleScope
  readonly base?: string
  readonly findByIdentifier: FindByIdentifier
}

/**
 * Replaces references with `Type/id`: a `fullUrl` of the Bundle, `urn:uuid:…` or an address (R4 Bundle, "Resolving references in
 * Bundles"), and `Type?identifier=system|value` (R4 RESTful API, "Conditional references"). A reference that matches nothing, or more
 * than one resource, stays as it is; `patientsOf` puts no resource into a record because of it.
 */
export const resolveReferences = async (
  record: { readonly resource: Json; readonly text: string },
  surroundings: Surroundings,
): Promise<ResolvedRecord> => {
  const faults = new Map<string, Fault>()
  const replacements = new Map<string, string>()
  let waiting = false
  let misleadingReference: LostPatient | undefined
  for (const reference of referencesIn(record.resource)) {
    const resolution = await resolve(reference, surroundings)
    if (resolution === undefined) continue
    if (typeof resolution === 'object') {
      if (resolution.name !== reference) replacements.set(reference, resolution.name)
      continue
    }
    if (resolution === 'nobody' && reference.includes('?')) waiting = true
    // As it stands, it would name another resource with the same id in this store. So it becomes absolute, or the resource is refused.
    const isLocal = localReference(reference) !== undefined
    if (isLocal && surroundings.base === undefined) misleadingReference = { reference, fault: resolution }
    const replacement = isLocal ? `${surroundings.base}/${reference}` : reference
    if (isLocal) replacements.set(reference, replacement)
    faults.set(replacement, resolution)
  }
  const { resource, text } = replacements.size === 0 ? record : rewriteReferences(record.text, replacements)
  const lostPatient = misleadingReference ?? findLostPatient(resource, faults)
  const unresolved = new Map<string, Unresolved>(faults)
  if (lostPatient && 'element' in lostPatient) {
    const { element } = lostPatient
    unresolved.set(
      element ?? `${resource.resourceType}/${resource.id}`,
      element ? 'by-name-only' : 'no-patient',
    )
    return { resource, text, unresolved, waiting }
  }
  return { resource, text, unresolved, waiting, ...(lostPatient && { lostPatient }) }
}

/** Longest reference that is resolved, in characters. */
const LONGEST = 500

/** Resolves one reference; `undefined` if it can stay as it is. */
const resolve = async (
  reference: string,
  { scope, base, findByIdentifier }: Surroundings,
): Promise<{ name: string } | Fault | undefined> => {
  // It refers to a resource contained in this one.
  if (reference.startsWith('#')) return undefined
  if (reference.length > LONGEST) return 'malformed'
  const condition = CONDITION.exec(reference)
  if (condition) {
    const [, type = '', query = ''] = condition
    const identifier = identifierOf(query)
    if (!identifier) return 'unsupported-condition'
    return nameAmong(await findByIdentifier(type, identifier.system, identifier.value, scope), scope)
  }
  if (/^(?:urn:|[a-z][a-z0-9+.-]*:\/\/)/i.test(reference)) {
    const match = nameAmong(scope.entriesAt(reference.replace(/\/_history\/[^/]*$/, '')), scope)
    return match === 'nobody' && !/^urn:/i.test(reference) ? 'another-server' : match
  }
  const local = localReference(reference)
  if (!local) return 'malformed'
  const name = `${local.type}/${local.id}`
  // R4 wants an absolute fullUrl, but some servers write Type/id, with another id in the resource or none.
  const entry = nameAmong(scope.entriesAt(reference), scope)
  // It may also mean the entry that really has this name.
  if (typeof entry === 'object' && entry.name !== name && scope.has(name)) return 'several'
  if (entry !== 'nobody') return entry
  if (base !== undefined) {
    const match = nameAmong(scope.entriesAt(`${base}/${name}`), scope)
    if (match !== 'nobody') return match
  }
  if (scope.isAmbiguous(name)) return 'several'
  // An entry of this name from another server is a different resource.
  const bases = scope.basesOf(name)
  const isElsewhere = bases.size > 0 && base !== undefined && !bases.has(undefined) && !bases.has(base)
  return isElsewhere ? 'another-server' : undefined
}

const nameAmong = (
  names: ReadonlySet<string>,
  scope: BundleScope,
): { name: string } | 'nobody' | 'several' => {
  const [name] = names
  if (name === undefined) return 'nobody'
  return names.size > 1 || scope.isAmbiguous(name) ? 'several' : { name }
}

/** Parses `identifier=system|value`, and nothing else, because another search may match more people than were meant. */
const identifierOf = (query: string): { system: string; value: string } | undefined => {
  const [[param, token = ''] = [], ...more] = [...new URLSearchParams(query)]
  if (param !== 'identifier' || more.length > 0 || /[\\,\0]/.test(token)) return undefined
  const [system = '', value = '', ...rest] = token.split('|')
  return system !== '' && value !== '' && rest.length === 0 ? { system, value } : undefined
}

/** Returns each value of an element `reference`, once. It does not recurse, because a resource may be nested deeper than the stack. */
const referencesIn = (resource: Json): Set<string> => {
  const references = new Set<string>()
  const nodes: unknown[] = [resource]
  while (nodes.length > 0) {
    const node = nodes.pop()
    if (typeof node !== 'object' || node === null) continue
    for (const [name, value] of Object.entries(node))
      if (typeof value === 'object') nodes.push(value)
      else if (name === 'reference' && typeof value === 'string') references.add(value)
  }
  return references
}

/** Replaces references in the printed text. There `"reference":"` is always an element, because quotes inside a string are escaped. */
const rewriteReferences = (
  text: string,
  replacements: ReadonlyMap<string, string>,
): { resource: Json; text: string } => {
  const printed = JSON.stringify(parseKeepingDigits(text))
  // 500 characters at most, of which each takes up to six when escaped.
  const rewritten = printed.replace(/"reference":("(?:[^"\\]|\\.){0,3000}")/g, (element, value: string) => {
    const name = replacements.get(JSON.parse(value))
    return name === undefined ? element : `"reference":${JSON.stringify(name)}`
  })
  return { resource: JSON.parse(rewritten) as Json, text: rewritten }
}

/**
 * Finds out why a resource is in no record: returns the reference to its patient that cannot be resolved, or the path of the element
 * that names the patient without a reference, if there is one. Returns `undefined` if the resource is in a record, or of a type that
 * belongs to no patient.
 */
const findLostPatient = (
  resource: Json,
  faults: ReadonlyMap<string, Fault>,
): LostPatient | { readonly element: string | undefined } | undefined => {
  const type = String(resource.resourceType)
  const paths = Object.hasOwn(COMPARTMENT, type) ? COMPARTMENT[type] : undefined
  if (paths === undefined || paths === SHARED || paths.length === 0) return undefined
  if (patientsOf(type, String(resource.id), resource).length > 0) return undefined
  let element: string | undefined
  for (const path of paths)
    for (const value of valuesAt(resource, path).filter(isObject)) {
      const { reference } = value
      if (typeof reference !== 'string' || reference.startsWith('#')) element = `${type}.${path}`
      else {
        const fault = faults.get(reference)
        if (fault && mayNamePatient(reference, value.type)) return { reference, fault }
      }
    }
  return { element }
}
