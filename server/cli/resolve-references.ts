import { parseKeepingDigits } from '../fhir/index/resource-text.ts'
import { COMPARTMENT, patientsOf, SHARED } from '../query/compartment.ts'
import { isObject, type Json, stringsAt, valuesAt } from '../query/json-path.ts'
import { localReference } from '../query/reference.ts'
import type { BundleScope } from './bundle-scope.ts'

/** Why a reference cannot be resolved in this store. */
export type Fault = 'nobody' | 'several' | 'another-server' | 'unsupported-condition' | 'malformed'
/** `by-name-only`: the patient is named by identifier or display, or contained. */
export type Unresolved = Fault | 'by-name-only'

export interface ResolvedRecord {
  readonly resource: Json
  /** As JSON, numbers as written. */
  readonly text: string
  /** Unresolved references as written, or elements without a reference, with their reasons. */
  readonly unresolved: ReadonlyMap<string, Unresolved>
  /** References to nobody that a resource of another file may still answer. */
  readonly waiting: boolean
  /** A reference that is the only link to a record, but cannot be resolved. */
  readonly lostPatient?: LostPatient
}

export interface LostPatient {
  readonly reference: string
  readonly fault: Fault
}

/** Names (`Type/id`) of the stored resources with this identifier. */
export type FindIdentified = (
  type: string,
  system: string,
  value: string,
  scope: BundleScope,
) => Promise<ReadonlySet<string>>

interface Surroundings {
  readonly scope: BundleScope
  readonly base?: string
  readonly findIdentified: FindIdentified
}

/**
 * Replaces references by `Type/id` as R4 Bundle ("Resolving references in Bundles") and HTTP ("Conditional references") say:
 * a `fullUrl` of the Bundle, whether `urn:uuid:…` or an address, and `Type?identifier=system|value`. A reference that
 * names nobody, or more than one, is left as it is; `patientsOf` puts nothing into a record by it.
 */
export const resolveReferences = async (
  record: { readonly resource: Json; readonly text: string },
  surroundings: Surroundings,
): Promise<ResolvedRecord> => {
  const faults = new Map<string, Fault>()
  const replaced = new Map<string, string>()
  let waiting = false
  let misleading: LostPatient | undefined
  for (const reference of referencesIn(record.resource)) {
    const resolved = await resolve(reference, surroundings)
    if (resolved === undefined) continue
    if (typeof resolved === 'object') {
      if (resolved.name !== reference) replaced.set(reference, resolved.name)
      continue
    }
    if (resolved === 'nobody' && reference.includes('?')) waiting = true
    // Here it would name somebody else of the same id: it is written out, or not taken.
    const isLocal = localReference(reference) !== undefined
    if (isLocal && surroundings.base === undefined) misleading = { reference, fault: resolved }
    const written = isLocal ? `${surroundings.base}/${reference}` : reference
    if (isLocal) replaced.set(reference, written)
    faults.set(written, resolved)
  }
  const { resource, text } = replaced.size === 0 ? record : rewrite(record.text, replaced)
  const lostPatient = misleading ?? findLostPatient(resource, faults)
  const unresolved = new Map<string, Unresolved>(faults)
  if (typeof lostPatient === 'string') unresolved.set(lostPatient, 'by-name-only')
  return { resource, text, unresolved, waiting, ...(typeof lostPatient === 'object' && { lostPatient }) }
}

/** Longest reference that is resolved, in characters. */
const LONGEST = 500
const CONDITION = /^([A-Z][A-Za-z]+)\?(.*)$/s

/** @returns `undefined` for what needs no resolving. */
const resolve = async (
  reference: string,
  { scope, base, findIdentified }: Surroundings,
): Promise<{ name: string } | Fault | undefined> => {
  // Contained in the resource itself.
  if (reference.startsWith('#')) return undefined
  if (reference.length > LONGEST) return 'malformed'
  const condition = CONDITION.exec(reference)
  if (condition) {
    const [, type = '', query = ''] = condition
    const identifier = identifierOf(query)
    if (!identifier) return 'unsupported-condition'
    return only(await findIdentified(type, identifier.system, identifier.value, scope), scope)
  }
  if (/^(?:urn:|[a-z][a-z0-9+.-]*:\/\/)/i.test(reference)) {
    const found = only(scope.at(reference.replace(/\/_history\/[^/]*$/, '')), scope)
    return found === 'nobody' && !/^urn:/i.test(reference) ? 'another-server' : found
  }
  const local = localReference(reference)
  if (!local) return 'malformed'
  const name = `${local.type}/${local.id}`
  if (base !== undefined) {
    const own = only(scope.at(`${base}/${name}`), scope)
    if (own !== 'nobody') return own
  }
  if (scope.isAmbiguous(name)) return 'several'
  // An entry of this name from another server is a different resource.
  const bases = scope.basesOf(name)
  const isOther = bases.size > 0 && base !== undefined && !bases.has(undefined) && !bases.has(base)
  return isOther ? 'another-server' : undefined
}

const only = (names: ReadonlySet<string>, scope: BundleScope): { name: string } | 'nobody' | 'several' => {
  const [name, ...more] = names
  if (name === undefined) return 'nobody'
  return more.length > 0 || scope.isAmbiguous(name) ? 'several' : { name }
}

/** `identifier=system|value` and nothing else: other searches may find more people than were meant. */
const identifierOf = (query: string): { system: string; value: string } | undefined => {
  const [[param, token = ''] = [], ...more] = [...new URLSearchParams(query)]
  if (param !== 'identifier' || more.length > 0 || /[\\,\0]/.test(token)) return undefined
  const [system = '', value = '', ...rest] = token.split('|')
  return system !== '' && value !== '' && rest.length === 0 ? { system, value } : undefined
}

/** Each text of an element `reference`, once. Without recursion: what was imported may be nested deeper than the stack. */
const referencesIn = (resource: Json): Set<string> => {
  const found = new Set<string>()
  const open: unknown[] = [resource]
  while (open.length > 0) {
    const node = open.pop()
    if (typeof node !== 'object' || node === null) continue
    for (const [name, value] of Object.entries(node))
      if (typeof value === 'object') open.push(value)
      else if (name === 'reference' && typeof value === 'string') found.add(value)
  }
  return found
}

/** In the text as it is printed, `"reference":"` stands for an element and never within a string, whose quotes are escaped. */
const rewrite = (text: string, replaced: ReadonlyMap<string, string>): { resource: Json; text: string } => {
  const printed = JSON.stringify(parseKeepingDigits(text))
  // An escaped character takes six at most.
  const rewritten = printed.replace(/"reference":("(?:[^"\\]|\\.){0,3000}")/g, (element, value: string) => {
    const name = replaced.get(JSON.parse(value))
    return name === undefined ? element : `"reference":${JSON.stringify(name)}`
  })
  return { resource: JSON.parse(rewritten) as Json, text: rewritten }
}

/**
 * What keeps a resource out of the record that it names: a reference, or the element that has none. `undefined` when it is
 * in one, or names no patient.
 */
const findLostPatient = (
  resource: Json,
  faults: ReadonlyMap<string, Fault>,
): LostPatient | string | undefined => {
  const type = String(resource.resourceType)
  const paths = Object.hasOwn(COMPARTMENT, type) ? COMPARTMENT[type] : undefined
  if (paths === undefined || paths === SHARED || type === 'Patient') return undefined
  if (patientsOf(type, String(resource.id), resource).length > 0) return undefined
  let element: string | undefined
  for (const path of paths)
    for (const value of valuesAt(resource, path).filter(isObject)) {
      const [reference] = stringsAt(value, 'reference')
      if (reference === undefined || reference.startsWith('#')) element = `${type}.${path}`
      else {
        const fault = faults.get(reference)
        if (fault && mayBePatient(reference, value.type)) return { reference, fault }
      }
    }
  return element
}

/** False where the reference itself says that it is of another type. */
const mayBePatient = (reference: string, type: unknown): boolean => {
  const said = [type, CONDITION.exec(reference)?.[1], /\/([A-Z][A-Za-z]+)\/[^/?]+$/.exec(reference)?.[1]]
  return said.every((it) => typeof it !== 'string' || it === 'Patient')
}
