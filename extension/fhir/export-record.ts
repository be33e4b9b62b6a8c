import { ProblemError, toProblem } from '../messages/errors.ts'
import type { ExportedPage } from '../messages/protocol.ts'
import { exportedTypes } from '../messages/record-lists.ts'
import { memberText } from '../net/member-text.ts'
import { omittedOf, onlyAbout } from './about-patient.ts'
import { type Client, createClient, type RecordAccess } from './client.ts'
import { incompleteWarning, nextOf } from './paging.ts'
import { entriesOf, isId, isObject, type Json, remarkOf } from './resource.ts'

interface ExportOptions {
  patient: string
  /** The organization's name. */
  source: string
  /** From the page before. */
  next: string | undefined
  now: number
}

/**
 * Where the export continues: at `address`, or with the first of the remaining `types`. Without `types`, it is reading
 * `$everything`.
 */
interface ExportPosition {
  address?: string
  types?: string[]
  /** How many entries the earlier pages of this list gave. */
  given?: number
}

const pageSize = '100'

/**
 * Reads a page of everything that an organization gives of a patient, and adds a Provenance that names the organization and the
 * time. A type that is not allowed is left out and named.
 *
 * @throws ProblemError
 */
export const exportRecord = async (access: RecordAccess, options: ExportOptions): Promise<ExportedPage> => {
  // Kept beside the entries, not in them, because an organization's JSON could have a member of any name.
  const texts = new WeakMap<Json, string>()
  const reader = createClient(access, undefined, { parse: (json) => parseEntry(json, texts) })
  const client = onlyAbout(reader, access, options.patient)
  const place = options.next === undefined ? undefined : (JSON.parse(options.next) as ExportPosition)
  try {
    const page = await fetchPage(client, place, access.fhirBase, options.patient)
    const pageEntries = entriesOf(page.bundle)
    const following = nextOf(page, access.fhirBase)
    const earlierEntries = place?.given ?? 0
    const warning = following.warning ?? incompleteWarning(page, following, earlierEntries)
    const entries = pageEntries.flatMap((entry) => exportEntry(entry, texts.get(entry), access.fhirBase))
    const remark = remarkOf(page.bundle)
    const next = nextPlace(place, following.next, earlierEntries + pageEntries.length)
    return {
      entries: [...entries, ...provenanceOf(entries, access.fhirBase, options)],
      resources: entries.length,
      ...omittedOf(client),
      ...(next && { next: JSON.stringify(next) }),
      ...(remark !== undefined && { remark }),
      ...(warning && { warning }),
    }
  } catch (error) {
    if (!(error instanceof ProblemError) || !isRefusalOrFailure(error)) throw error
    if (place === undefined)
      return { entries: [], resources: 0, next: JSON.stringify({ types: exportedTypes }) }
    const [type, ...types] = place.types ?? []
    if (type === undefined) throw error
    return {
      entries: [],
      resources: 0,
      ...(types.length > 0 && { next: JSON.stringify({ types }) }),
      leftOut: { type, problem: toProblem(error) },
    }
  }
}

const fetchPage = (client: Client, place: ExportPosition | undefined, fhirBase: string, patient: string) => {
  if (place?.address !== undefined) return client.follow(place.address)
  const [type] = place?.types ?? []
  if (type !== undefined)
    return client.search(type, { [type === 'Patient' ? '_id' : 'patient']: patient, _count: pageSize })
  return client.follow(`${fhirBase}/Patient/${encodeURIComponent(patient)}/$everything?_count=${pageSize}`)
}

const nextPlace = (
  place: ExportPosition | undefined,
  address: string | undefined,
  earlierEntries: number,
): ExportPosition | undefined => {
  const types = place?.types
  if (address !== undefined) return { address, given: earlierEntries, ...(types && { types }) }
  const remaining = types?.slice(1) ?? []
  return remaining.length > 0 ? { types: remaining } : undefined
}

/** Checks whether this request alone is not allowed, or failed at the organization. */
const isRefusalOrFailure = ({ code }: ProblemError): boolean =>
  code === 'refused' ||
  code === 'policy-forbids' ||
  code === 'too-many-people' ||
  code === 'not-found' ||
  code === 'bad-request' ||
  code === 'server-failed'

const exportEntry = (entry: Json, json: string | undefined, fhirBase: string): ExportedPage['entries'] => {
  const { resource } = entry
  if (json === undefined || !isObject(resource) || resource.resourceType === 'OperationOutcome') return []
  return [{ fullUrl: fullUrlOf(resource, fhirBase), json }]
}

/**
 * Returns a resource's address under the FHIR base. Ignores the entry's own `fullUrl`, which could be that of another
 * organization's resource. Without a valid type and id it is a fragment of the base: `urn:uuid` is only for what Carekey states.
 */
const fullUrlOf = ({ resourceType, id }: Json, fhirBase: string): string =>
  typeof resourceType === 'string' && TYPE.test(resourceType) && isId(id)
    ? `${fhirBase}/${resourceType}/${id}`
    : `${fhirBase}#${crypto.randomUUID()}`

// With a `/` in one of them, the result could be the address of a resource under a longer base.
const TYPE = /^[A-Z][A-Za-z]{0,63}$/

/** Creates an R4 Provenance: Carekey assembled the organization's resources at this time. */
const provenanceOf = (
  entries: ExportedPage['entries'],
  fhirBase: string,
  { source, now }: ExportOptions,
): ExportedPage['entries'] => {
  if (entries.length === 0) return []
  const fullUrl = `urn:uuid:${crypto.randomUUID()}`
  const resource = {
    resourceType: 'Provenance',
    target: entries.map((entry) => ({ reference: entry.fullUrl })),
    recorded: new Date(now).toISOString(),
    agent: [{ type: assembler, who: { display: 'Carekey' } }],
    entity: [
      {
        role: 'source',
        what: { display: source, identifier: { system: 'urn:ietf:rfc:3986', value: fhirBase } },
      },
    ],
  }
  return [{ fullUrl, json: JSON.stringify(resource) }]
}

const assembler = {
  coding: [
    { system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' },
  ],
}

/** Parses an entry and keeps its resource's JSON as written: in FHIR `81.20` is not `81.2`, and parsing rounds a long number. */
const parseEntry = (json: string, texts: WeakMap<Json, string>): unknown => {
  const entry: unknown = JSON.parse(json)
  const resourceJson = isObject(entry) ? memberText(json, 'resource') : undefined
  if (isObject(entry) && resourceJson !== undefined) texts.set(entry, resourceJson)
  return entry
}
