import {
  type PreparedResource,
  prepare,
  ResourceRefused,
  requireName,
} from '../../fhir/index/put-resource.ts'
import { isTypeInR4 } from '../../query/patient-elements.ts'
import { shortened } from '../../start/terminal.ts'
import { emptyScope } from './bundle-scope.ts'
import type { SourceRecord } from './records.ts'
import {
  type Fault,
  type FindByIdentifier,
  type LostPatient,
  resolveReferences,
  type Unresolved,
} from './resolve-references.ts'

export interface RefusedRecord {
  /** The type of R4 under which it is counted, or words for all others, so that a report has as many rows as R4 has types. */
  readonly type: string
  readonly place?: string
  /** `Patient/1`, or less if it has no id or no type. */
  readonly name: string
  readonly code: string
  readonly reason: string
}

export interface Accepted {
  readonly prepared: PreparedResource
  /** Unresolved references as written, with their reasons. */
  readonly unresolved: ReadonlyMap<string, Unresolved>
}

export interface Refused {
  readonly refusal: RefusedRecord
}

/**
 * Resolves the references of a resource, and decides whether the store accepts it, refuses it, or it must wait for another one.
 * One that must wait is returned by its name, `Type/id`.
 *
 * @param isLast whether this is the last try, because no reference can be resolved any more.
 */
export const judgeRecord = async (
  record: SourceRecord,
  now: number,
  findByIdentifier: FindByIdentifier,
  isLast: boolean,
): Promise<Accepted | Refused | { readonly waits: string }> => {
  const { resource, text, scope = emptyScope, base, refusal } = record
  if (refusal !== undefined) return refuse(record, 'not-taken', refusal)
  try {
    const { type, id, content } = requireName(resource)
    const surroundings = { scope, findByIdentifier, ...(base && { base }) }
    const resolution = await resolveReferences({ resource: content, text }, surroundings)
    const { waiting, lostPatient, unresolved } = resolution
    if (waiting && !isLast) return { waits: `${type}/${id}` }
    if (lostPatient) return refuse(record, 'unresolved-patient', lostPatientReason(lostPatient))
    return { prepared: prepare(resolution.resource, now, resolution.text), unresolved }
  } catch (error) {
    if (error instanceof ResourceRefused) return refuse(record, error.code, error.message)
    if (error instanceof RangeError) return refuse(record, 'too-deep', 'It is nested too deeply to be read.')
    throw error
  }
}

const FAULTS: Record<Fault, string> = {
  nobody: 'no resource matches that',
  several: 'more than one resource matches that',
  'another-server': 'that is on another server',
  'unsupported-condition': 'the only supported search is identifier=system|value',
  malformed: 'that is malformed',
}

const lostPatientReason = ({ reference, fault }: LostPatient): string =>
  `It is unknown whose it is: it refers to ${JSON.stringify(shortened(reference))}, and ${FAULTS[fault]}.`

export const refuse = ({ resource, place }: SourceRecord, code: string, reason: string): Refused => {
  const { type, id } = identity(resource)
  const name = [type, id].filter(Boolean).map(shortened).join('/')
  return { refusal: { type: rowOf(type), name, code, reason, ...(place && { place }) } }
}

const NO_TYPE = 'not a resource'

const rowOf = (type: string): string => (type === NO_TYPE || isTypeInR4(type) ? type : 'other types')

/** Returns the stated type and id of a resource that is not validated yet. */
export const identity = (resource: unknown): { type: string; id: string } => {
  const { resourceType, id } = (resource ?? {}) as Record<string, unknown>
  return {
    type: typeof resourceType === 'string' ? resourceType : NO_TYPE,
    id: typeof id === 'string' ? id : '',
  }
}
