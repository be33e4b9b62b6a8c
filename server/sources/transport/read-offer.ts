import { isObject, type Json } from '../../query/json-path.ts'
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
 * Reads what a FHIR server offers from its CapabilityStatement. Strict about the kind of document, lenient about types and
 * parameters: it uses those that it understands.
 *
 * @throws UpstreamRefused when it is not a CapabilityStatement of R4.
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
  const server = objectsIn(rest).find(({ mode }) => mode === 'server') ?? {}
  const everywhere = textsIn(server.searchParam, 'name')
  return new Map(
    objectsIn(server.resource)
      .slice(0, MOST_TYPES)
      .flatMap((resource): [string, OfferedType][] =>
        typeof resource.type === 'string' ? [[resource.type, offeredType(resource, everywhere)]] : [],
      ),
  )
}

const offeredType = (resource: Json, everywhere: readonly string[]): OfferedType => {
  const interactions = textsIn(resource.interaction, 'code')
  const includes = Array.isArray(resource.searchInclude) ? resource.searchInclude : []
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

const objectsIn = (list: unknown): readonly Json[] => (Array.isArray(list) ? list.filter(isObject) : [])

const textsIn = (list: unknown, name: string): readonly string[] =>
  objectsIn(list)
    .slice(0, MOST_NAMES)
    .flatMap((each) => {
      const text = each[name]
      return typeof text === 'string' ? [text] : []
    })
