import manifest from '../../../package.json' with { type: 'json' }
import { type Config, fhirBase } from '../../config.ts'
import { TYPES } from '../../query/compartment.ts'
import { type Include, includesOf, revincludesOf } from '../../query/includes.ts'
import { modifiersOf, SEARCH_PARAMETERS, type SearchParameter } from '../../query/parameters.ts'
import type { SourceOffer } from '../access/source.ts'

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'

/**
 * Returns the CapabilityStatement as JSON text, made from the same tables that requests are answered by.
 *
 * @param date when the server started to answer like this, milliseconds since 1970.
 * @param offer of the source; what it does not offer is not stated.
 */
export const capabilityStatement = (config: Config, date: number, offer?: SourceOffer): string => {
  const oauth = (name: string) => ({ url: name, valueUri: `${config.publicUrl}/oauth/${name}` })
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    url: `${fhirBase(config)}/metadata`,
    status: 'active',
    date: new Date(date).toISOString(),
    publisher: config.organization.name,
    kind: 'instance',
    software: { name: 'Carekey', version: manifest.version },
    implementation: { description: config.organization.name, url: fhirBase(config) },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          cors: true,
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                  display: 'SMART-on-FHIR',
                },
              ],
              text: 'OAuth 2.0 with the SMART App Launch profile',
            },
          ],
          extension: [
            {
              url: OAUTH_URIS,
              extension: [
                oauth('authorize'),
                oauth('token'),
                oauth('register'),
                oauth('introspect'),
                oauth('revoke'),
                { url: 'manage', valueUri: `${config.publicUrl}/account` },
              ],
            },
          ],
        },
        resource: TYPES.flatMap((type) => resource(type, offer)),
        interaction: [{ code: 'batch' }],
      },
    ],
  })
}

const EVERYTHING = {
  name: 'everything',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
  documentation: 'By GET, with `_type`, `_since` and `_count`.',
}

/** R4 forbids empty arrays. */
const listIfAny = (name: string, values: readonly string[]) => (values.length > 0 ? { [name]: values } : {})

const resource = (type: string, offer: SourceOffer | undefined) => {
  const offerOfType = type === 'AuditEvent' ? undefined : offer?.get(type)
  if (offer && !offerOfType && type !== 'AuditEvent') return []
  const canSearch = offerOfType?.search ?? true
  // A chain is not a parameter of its own; only the parameter it begins with is listed.
  const parameters = Object.entries(SEARCH_PARAMETERS[type] ?? {}).filter(
    ([name]) => canSearch && !name.includes('.') && (offerOfType?.parameters.has(name) ?? true),
  )
  const interaction = [
    ...((offerOfType?.read ?? true) ? [{ code: 'read' }] : []),
    ...(parameters.length > 0 ? [{ code: 'search-type' }] : []),
  ]
  if (interaction.length === 0) return []
  const includes = canSearch ? [...includesOf(type)].filter(isOffered(offer)) : []
  const revincludes = canSearch ? [...revincludesOf(type)].filter(isOffered(offer)) : []
  return [
    {
      type,
      interaction,
      versioning: 'versioned',
      ...(parameters.length > 0 && { searchParam: parameters.map(searchParam) }),
      ...listIfAny(
        'searchInclude',
        includes.map(([value]) => value),
      ),
      ...listIfAny(
        'searchRevInclude',
        revincludes.map(([value]) => value),
      ),
      ...(type === 'Patient' && (offerOfType?.read ?? true) && { operation: [EVERYTHING] }),
    },
  ]
}

/**
 * Checks whether the source has what an include leads to: the referenced type, or the parameter that finds the referring
 * resources.
 */
const isOffered =
  (offer: SourceOffer | undefined) =>
  ([value, { direction, source, targets }]: [string, Include]): boolean => {
    if (!offer) return true
    if (direction === 'out') return targets.some((target) => offer.get(target)?.read)
    const referring = offer.get(source)
    return Boolean(referring?.search && referring.parameters.has(value.split(':')[1] ?? ''))
  }

/** The R4 type for each kind of parameter that only this server distinguishes. */
const TYPE: Partial<Record<SearchParameter['kind'], string>> = { id: 'token', updated: 'date' }

const searchParam = ([name, parameter]: [string, SearchParameter]) => ({
  name,
  ...(parameter.definition !== undefined && { definition: definitionOf(parameter.definition) }),
  type: TYPE[parameter.kind] ?? parameter.kind,
  documentation: [parameter.doc, modifiers(parameter)].filter((text) => text !== '').join(' '),
})

/** Returns the canonical address of a definition by HL7. */
const definitionOf = (id: string): string =>
  `http://hl7.org/fhir/${id.startsWith('us-core-') ? 'us/core/' : ''}SearchParameter/${id}`

const modifiers = (parameter: SearchParameter): string => {
  const names = modifiersOf(parameter).map((name) => `:${name}`)
  return names.length > 0 ? `Modifiers: ${names.join(', ')}.` : ''
}
