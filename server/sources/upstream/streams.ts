import type { Reach } from '../../fhir/access/decide-access.ts'
import { FhirError, notSupported } from '../../fhir-error.ts'
import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import { valuesAt } from '../../query/json-path.ts'
import { SEARCH_PARAMETERS } from '../../query/parameters.ts'
import type { Filter, Sort, UsedParameter } from '../../query/query.ts'
import { referenceOf } from '../../query/reference.ts'
import type { UpstreamOffer } from '../transport/upstream.ts'
import { conditionsOf, sortText } from './conditions.ts'
import type { UpstreamRow } from './row.ts'

/**
 * One search upstream. A search here consists of one or several of them, because upstream can limit a search to a patient by only
 * one element at a time.
 */
export interface Stream {
  readonly type: string
  /** Its name in a page link. */
  readonly label: string
  /** Its rows belong to this patient, by this element. Absent if the reach of the type has no such limit. */
  readonly confined?: Confinement
  readonly parameters: readonly (readonly [string, string])[]
}

interface Confinement {
  readonly patient: string
  /** The element; absent for the patient's own resource. */
  readonly path?: string
}

interface Asked {
  readonly type: string
  readonly filters: readonly Filter[]
  readonly reach: Reach
  readonly sort?: Sort | undefined
  readonly usedParameters?: readonly UsedParameter[]
}

/**
 * Returns the searches upstream that together find everything that a search may show. If the reach is limited to patients, each
 * is limited to one of them, whatever the request says; a search that cannot be limited is refused.
 *
 * @throws FhirError 400 when upstream does not offer what the search needs; 404 when it has no such type.
 */
export const streamsOf = (
  { type, filters, reach, sort, usedParameters }: Asked,
  offer: UpstreamOffer,
): Stream[] => {
  const offeredNames = requireSearchable(type, offer)
  const order = sort && sortText(sort, offeredNames)
  if (sort && order === undefined) throw notSupported(`_sort=${sort.by} is not supported for ${type}.`)
  const patients = new Set(reach.map(({ compartment }) => compartment))
  return [...(patients.has(undefined) ? [undefined] : patients)].flatMap((patient) => {
    const conditions = conditionsOf(
      type,
      [...filters, ...limitsWithin(reach, patient)],
      offeredNames,
      usedParameters,
    )
    if (!conditions) return []
    const parameters = [...conditions, ...(order === undefined ? [] : [['_sort', order] as const])]
    if (patient === undefined) return [{ type, label: type, parameters }]
    const confined = confinements(type, patient, offeredNames)
    if (!confined) throw notSupported(`A search of ${type} in one patient's record is not supported here.`)
    return confined.map(({ condition, path }) => ({
      type,
      label: `${type}/${patient}/${path ?? ''}`,
      confined: { patient, ...(path !== undefined && { path }) },
      parameters: condition ? [condition, ...parameters] : parameters,
    }))
  })
}

/** The error for a type that upstream does not have; the same as for a type that does not exist. */
const requireSearchable = (type: string, offer: UpstreamOffer): ReadonlySet<string> => {
  const offerOfType = offer.get(type)
  if (offerOfType?.search) return offerOfType.parameters
  throw offerOfType?.read
    ? notSupported(`A search of ${type} is not supported here.`)
    : new FhirError(404, 'not-supported', 'unknown_type', 'There is no such type of resource here.')
}

/**
 * Returns the filters of the scope if a single alternative applies, so that upstream can use them. Otherwise every row is checked
 * against all alternatives here.
 */
const limitsWithin = (reach: Reach, patient: string | undefined): readonly Filter[] => {
  const alternatives = reach.filter(({ compartment }) => patient === undefined || compartment === patient)
  const [limits = [], ...more] = alternatives.map((alternative) => alternative.limits ?? [])
  return more.length === 0 && limits.length === 1 ? (limits[0] ?? []) : []
}

/** Whether upstream can find the resources of a type that are in a patient's record. */
export const isFoundByPatient = (type: string, patient: string, offer: UpstreamOffer): boolean => {
  const offerOfType = offer.get(type)
  return offerOfType?.search === true && confinements(type, patient, offerOfType.parameters) !== undefined
}

/** Returns a condition for each element that puts a resource into a patient's compartment; `undefined` if upstream offers none of them. */
const confinements = (
  type: string,
  patient: string,
  offeredNames: ReadonlySet<string>,
): { condition?: readonly [string, string]; path?: string }[] | undefined => {
  if (type === 'Patient') return [{}]
  const paths = COMPARTMENT[type]
  if (paths === undefined || paths === SHARED || paths.length === 0) return []
  const candidates = paths.flatMap((path) => {
    const name = confiningParameter(type, path, offeredNames)
    return name === undefined ? [] : [{ condition: [name, `Patient/${patient}`] as const, path }]
  })
  return candidates.length === 0 ? undefined : candidates
}

const confiningParameter = (
  type: string,
  path: string,
  offeredNames: ReadonlySet<string>,
): string | undefined => {
  const parameters = Object.entries(SEARCH_PARAMETERS[type] ?? {})
  const own = parameters.find(
    ([, parameter]) => parameter.kind === 'reference' && parameter.paths?.includes(path),
  )?.[0]
  const patientOnly = parameters.find(
    ([, parameter]) =>
      parameter.kind === 'reference' &&
      parameter.index === own &&
      parameter.targets !== '*' &&
      parameter.targets.every((target) => target === 'Patient'),
  )?.[0]
  return [patientOnly, own].find((name) => name !== undefined && offeredNames.has(name))
}

/** Decides, by the resource alone, whether a row belongs to a stream. */
export const covers = ({ type, confined }: Stream, row: UpstreamRow): boolean => {
  if (row.type !== type) return false
  if (!confined) return true
  const { patient, path } = confined
  if (path === undefined) return row.id === patient
  return valuesAt(row.resource, path).some((value) => {
    const target = referenceOf(value)
    return target?.type === 'Patient' && target.id === patient
  })
}
