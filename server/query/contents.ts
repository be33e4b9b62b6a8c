import { isSharedType } from './compartment.ts'
import { isObject, type Json, stringsAt, valuesAt } from './json-path.ts'
import { isOfPatientInR4, namedIn } from './patient-elements.ts'

/** What the resources inside a resource say about whose it is. */
export interface Contents {
  /** The patients whom they name, in whose log a read of the resource has to be. */
  readonly patients: readonly string[]
  /** Their ids, by which `#id` refers to them. */
  readonly ids: ReadonlySet<string>
  /** Why the whole belongs to nobody: what it contains, as the end of a sentence. Absent if it belongs to its own patients. */
  readonly foreign?: string
}

const NONE: Contents = { patients: [], ids: new Set() }

/**
 * Judges the resources inside a resource: `contained`, and those at any other place. The whole belongs to its patients only if each of
 * them names the same patients, or nobody (J14). It belongs to nobody if one names another patient, if it cannot be told whom it
 * names, or if a resource that is shared by all contains one of a patient.
 *
 * @param owners the patients in whose compartments the whole is.
 */
export const contentsOf = (type: string, resource: Json, owners: readonly string[]): Contents => {
  const nested = nestedIn(resource)
  if (nested.length === 0) return NONE
  const ids = new Set(nested.flatMap((each) => stringsAt(each, 'id')))
  const named = nested.map((each) => namedBy(each, ids))
  const patients = [...new Set(named.flatMap((each) => each.patients))]
  // A set, because a resource of 6 MB names 95,000 patients outside and as many inside.
  const ownersOfWhole = new Set(owners)
  const isNobodys = owners.length === 0 && !isSharedType(type)
  for (const { article, patients: own, unknown, isOfPatients } of named) {
    const [other] = own.filter((patient) => !ownersOfWhole.has(patient))
    if (other !== undefined) return { patients, ids, foreign: `${article} of Patient/${other}` }
    if (isNobodys) continue
    if (unknown !== undefined) return { patients, ids, foreign: `${article}, and it is unknown ${unknown}` }
    if (isOfPatients && isSharedType(type))
      return { patients, ids, foreign: `${article}, although everybody may read it` }
    if (own.length > 0 && own.length < owners.length)
      return { patients, ids, foreign: `${article} of Patient/${own[0]} alone` }
  }
  return { patients, ids }
}

/** Returns the objects that are resources or claim to be, at any depth, and whatever is in `contained`. */
const nestedIn = (resource: Json): Json[] => {
  const nested = new Set<Json>(valuesAt(resource, 'contained').map((each) => (isObject(each) ? each : {})))
  // Not recursive, because a resource may be nested deeper than the stack.
  const nodes: unknown[] = Object.values(resource)
  while (nodes.length > 0) {
    const node = nodes.pop()
    if (typeof node !== 'object' || node === null) continue
    if (isObject(node) && Object.hasOwn(node, 'resourceType')) nested.add(node)
    for (const value of Object.values(node)) if (typeof value === 'object') nodes.push(value)
  }
  return [...nested]
}

/** Whom one of these resources names. */
interface Named {
  /** Its type, for a sentence: `an Observation`. */
  readonly article: string
  readonly patients: readonly string[]
  /** What cannot be told about it, as the end of a sentence. */
  readonly unknown?: string
  /** Whether resources of its type belong to patients. */
  readonly isOfPatients: boolean
}

const namedBy = (resource: Json, ids: ReadonlySet<string>): Named => {
  // Not converted: an object may have no text, and a list of one type is not that type.
  const type = typeof resource.resourceType === 'string' ? resource.resourceType : ''
  const isOfPatients = isOfPatientInR4(type)
  const named = namedIn(type, resource, ids)
  if (!named) return { article: 'something', patients: [], unknown: 'what it is', isOfPatients: true }
  const { patients, isUnknown } = named
  const article = `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`
  // Its own id means something only inside the whole, so only a link says who it is.
  if (type === 'Patient' && patients.length === 0)
    return { article, patients, unknown: 'who that is', isOfPatients }
  return { article, patients, ...(isUnknown && { unknown: 'whose it is' }), isOfPatients }
}
