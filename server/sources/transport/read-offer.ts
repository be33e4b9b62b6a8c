import { COMPARTMENT } from '../../query/compartment.ts'
import { isObject, type Json } from '../../query/json-path.ts'
import { isOfPatientInR4 } from '../../query/patient-elements.ts'
import { wholePiece } from './cut-json.ts'
import type { UpstreamAnswer } from './send.ts'
import type { OfferedType, UpstreamOffer } from './upstream.ts'

/** Types that are read: R4 has 148. */
const MOST_TYPES = 300
/** Names that are read from one list. Those for all types are kept with each type, so the two numbers multiply. */
const MOST_NAMES = 1_000

/** Why Carekey does not start in front of a server. The message is one sentence for the operator. */
export class UpstreamRefused extends Error {
  readonly code = 'upstream-refused'
}

/**
 * Reads what a FHIR server offers from its CapabilityStatement. Strict about the kind and the shape of the document, because a type that is
 * overlooked would look as if nothing of it were in any record.
 *
 * @throws UpstreamRefused when it is not a CapabilityStatement of an R4 server that has patients.
 */
export const readOffer = ({ status, text }: UpstreamAnswer, base: string): UpstreamOffer => {
  const statement = status === 200 ? parse(text) : undefined
  if (statement?.resourceType !== 'CapabilityStatement')
    throw new UpstreamRefused(
      `There is no FHIR server at ${base}: ${base}/metadata gives no CapabilityStatement, but status ${status}. Check "source.base".`,
    )
  const { fhirVersion, rest } = statement
  if (typeof fhirVersion !== 'string' || !/^4\.0\.\d/.test(fhirVersion))
    throw new UpstreamRefused(
      `The FHIR server at ${base} speaks another version of FHIR (${describeVersion(fhirVersion)}). Carekey needs R4, 4.0.1.`,
    )
  const refuse = (reason: string): never => {
    throw new UpstreamRefused(
      `The CapabilityStatement of the FHIR server at ${base} cannot be used: ${reason}.`,
    )
  }
  try {
    const server = objectsIn(rest).find(({ mode }) => mode === 'server')
    const everywhere = textsIn(server?.searchParam, 'name')
    const types = objectsIn(server?.resource).slice(0, MOST_TYPES)
    const offer = new Map(types.map((resource) => [textOf(resource.type), offeredType(resource, everywhere)]))
    return isOffered(offer.get('Patient')) ? offer : refuse('it offers no Patient')
  } catch (error) {
    if (error instanceof WrongShape) return refuse('a list in it is of another type')
    throw error
  }
}

/** A member is there, and of another type than in FHIR. */
class WrongShape extends Error {}

const isOffered = (type?: OfferedType): boolean => type !== undefined && (type.read || type.search)

/**
 * Adds the types of records that were offered before and are not any more, so that they are not taken for types of which there is nothing.
 *
 * @returns also those that the former offer still had.
 */
export const afterFormer = (
  offer: UpstreamOffer,
  former: UpstreamOffer = new Map(),
): { offer: UpstreamOffer; lost: readonly string[] } => {
  const lost = [...former].filter(
    ([type, each]) =>
      (isOffered(each) || each.isLost) &&
      !isOffered(offer.get(type)) &&
      (Object.hasOwn(COMPARTMENT, type) || isOfPatientInR4(type)),
  )
  return {
    offer: new Map([...offer, ...lost.map(([type]) => [type, LOST] as const)]),
    lost: lost.flatMap(([type, { isLost }]) => (isLost ? [] : type)),
  }
}

const LOST: OfferedType = {
  ...{ read: false, search: false, isLost: true },
  ...{ parameters: new Set<string>(), includes: new Set<string>() },
}

const offeredType = (resource: Json, everywhere: readonly string[]): OfferedType => {
  const interactions = textsIn(resource.interaction, 'code')
  const includes = listOf(resource.searchInclude)
  return {
    read: interactions.includes('read'),
    search: interactions.includes('search-type'),
    parameters: new Set([...everywhere, ...textsIn(resource.searchParam, 'name')]),
    includes: new Set(includes.filter((include) => typeof include === 'string')),
  }
}

const parse = (text: string): Json | undefined => {
  try {
    const value: unknown = JSON.parse(wholePiece(text).text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const describeVersion = (version: unknown): string =>
  (typeof version === 'string' && /^\d\.\d\.\d/.exec(version)?.[0]) || 'none that it names'

const listOf = (list: unknown = []): readonly unknown[] => {
  if (Array.isArray(list)) return list
  throw new WrongShape()
}

const objectsIn = (list: unknown): readonly Json[] => {
  const objects = listOf(list).filter(isObject)
  if (objects.length < listOf(list).length) throw new WrongShape()
  return objects
}

const textsIn = (list: unknown, name: string): readonly string[] =>
  objectsIn(list)
    .slice(0, MOST_NAMES)
    .flatMap((each) => (each[name] === undefined ? [] : textOf(each[name])))

const textOf = (text: unknown): string => {
  if (typeof text === 'string') return text
  throw new WrongShape()
}
