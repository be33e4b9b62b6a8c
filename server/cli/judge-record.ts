import { type Prepared, prepare, ResourceRefused } from '../fhir/index/put-resource.ts'
import { COMPARTMENT } from '../query/compartment.ts'
import { isObject } from '../query/json-path.ts'
import { emptyScope } from './bundle-scope.ts'
import type { FoundRecord } from './records.ts'
import {
  type Fault,
  type FindIdentified,
  type LostPatient,
  resolveReferences,
  type Unresolved,
} from './resolve-references.ts'

export interface RefusedRecord {
  readonly place?: string
  /** `Patient/1` as far as it has a type and an id. */
  readonly name: string
  readonly code: string
  readonly reason: string
}

interface Taken {
  readonly prepared: Prepared
  /** Unresolved references as written, with their reasons. */
  readonly unresolved: ReadonlyMap<string, Unresolved>
}

interface Refused {
  readonly type: string
  readonly refused: RefusedRecord
}

const NONE: ReadonlyMap<string, Unresolved> = new Map()

/**
 * Resolves the references of a resource and judges it.
 *
 * @param isLast nothing more comes that a reference could wait for.
 */
export const judgeRecord = async (
  record: FoundRecord,
  now: number,
  findIdentified: FindIdentified,
  isLast: boolean,
): Promise<Taken | Refused | { readonly waits: true }> => {
  const { resource, text, scope = emptyScope, base, refused } = record
  if (refused !== undefined) return refusal(record, 'not-taken', refused)
  try {
    // An unsupported type is refused regardless of its references.
    if (!isObject(resource) || !Object.hasOwn(COMPARTMENT, String(resource.resourceType)))
      return { prepared: prepare(resource, now, text), unresolved: NONE }
    const around = { scope, findIdentified, ...(base && { base }) }
    const resolved = await resolveReferences({ resource, text }, around)
    const { waiting, lostPatient, unresolved } = resolved
    if (waiting && !isLast) return { waits: true }
    if (lostPatient) return refusal(record, 'unresolved-patient', lostReason(lostPatient))
    return { prepared: prepare(resolved.resource, now, resolved.text), unresolved }
  } catch (error) {
    if (error instanceof ResourceRefused) return refusal(record, error.code, error.message)
    if (error instanceof RangeError) return refusal(record, 'too-deep', 'It is nested too deeply to be read.')
    throw error
  }
}

const FAULTS: Record<Fault, string> = {
  nobody: 'nobody has that name',
  several: 'more than one resource has that name',
  'another-server': 'it is on another server',
  'unsupported-condition': 'only identifier=system|value is searched for',
  malformed: 'it cannot be read',
}

const lostReason = ({ reference, fault }: LostPatient): string =>
  `Whose it is cannot be told: it refers to ${JSON.stringify(reference)}, and ${FAULTS[fault]}.`

const refusal = ({ resource, place }: FoundRecord, code: string, reason: string): Refused => {
  const { type, id } = identity(resource)
  const name = id === '' ? type : `${type}/${id}`
  return { type, refused: { name, code, reason, ...(place && { place }) } }
}

/** Returns the stated type and id of a resource that is not validated yet. */
const identity = (resource: unknown): { type: string; id: string } => {
  const { resourceType, id } = (resource ?? {}) as Record<string, unknown>
  return {
    type: typeof resourceType === 'string' ? resourceType : 'not a resource',
    id: typeof id === 'string' ? id : '',
  }
}
