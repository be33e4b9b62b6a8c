import { typeAndId, withoutVersion } from '../../fhir/reference.ts'
import { type Json, object, objects, text } from '../../fhir/resource.ts'
import { type AccessEntry, isGrantChange } from '../../messages/log-entries.ts'

/** How an organization knows this browser: as one person, through one application. */
export interface Requester {
  clientId: string
  /** `sub`; empty if the organization names no person. */
  subject: string
  /** Whose `sub` it is. */
  issuer: string
  fhirBase: string
  /** The person as a reference, if the organization named one. */
  fhirUser?: string | undefined
  /** The id of the patient whom the token is about. */
  patient?: string | undefined
}

/** Reads `X-Request-Id`, which BALP puts into an entity of that type. */
export const requestIdOf = ({ entity }: Json): string | undefined => {
  const idEntity = objects(entity).find(({ type }) => object(type).code === 'XrequestId')
  return text(object(object(idEntity?.what).identifier).value)
}

/** Returns the agents that are people; if the entry says which of them requested the access, only those. */
export const requestingPeople = ({ agent }: Json): Json[] => {
  const people = objects(agent).filter((candidate) => !isEndpoint(candidate))
  const requesting = people.filter(({ requestor }) => requestor === true)
  return requesting.length > 0 ? requesting : people
}

/** Checks whether an agent is a system. DICOM: 110153 source, 110152 destination, 110150 application. */
export const isEndpoint = ({ type }: Json): boolean =>
  objects(object(type).coding).some(({ code }) => code === '110153' || code === '110152' || code === '110150')

/**
 * Checks whether this person alone requested an access, by identifiers that no two people share, never by a display name. An
 * entry that names somebody else as well is not theirs.
 */
export const isByPerson = (event: Json, requester: Requester): boolean => {
  const people = requestingPeople(event)
  return people.length > 0 && people.every(({ who }) => isPerson(object(who), requester))
}

/**
 * The references decide if both are known and name different people, because one person's `sub` may be another's staff number. An
 * organization may write the address of its own server in several ways, so the same reference elsewhere decides nothing.
 */
const isPerson = ({ identifier, reference }: Json, requester: Requester): boolean => {
  const { subject, issuer, fhirBase, fhirUser, patient } = requester
  const named = text(reference)
  if (named !== undefined) {
    const ownReference = localReference(named, fhirBase)
    const isPatient = fhirUser === undefined || typeAndId(fhirUser) === `Patient/${patient}`
    if (fhirUser !== undefined && ownReference === localReference(fhirUser, fhirBase)) return true
    if (patient !== undefined && isPatient && ownReference === `Patient/${patient}`) return true
    if (fhirUser !== undefined && typeAndId(ownReference) !== typeAndId(fhirUser)) return false
  }
  const { system, value } = object(identifier)
  return subject !== '' && text(value) === subject && (system === undefined || system === issuer)
}

/** Makes an absolute reference to the organization's own server relative, and leaves out a version; others' stay as they are. */
const localReference = (reference: string, fhirBase: string): string =>
  withoutVersion(reference.startsWith(`${fhirBase}/`) ? reference.slice(fhirBase.length + 1) : reference)

/** No honest key is longer, and a page of entries has one each. */
const longestKey = 500

const idsOf = ({ who }: Json) => {
  const { identifier, reference } = object(who)
  const { system, value } = object(identifier)
  return [text(reference), text(system), text(value)]
}

/**
 * Returns a key that is equal in entries of the same agents, and one that is equal in entries of the same people. They are absent if
 * whoever requested the access has no identifier, because two people may have one name.
 */
export const agentKeysOf = (event: Json): Pick<AccessEntry, 'agentKey' | 'personKey'> => {
  const people = requestingPeople(event)
  const requesting =
    people.length > 0 ? people : objects(event.agent).filter(({ requestor }) => requestor === true)
  const isIdentified = requesting.every((agent) => idsOf(agent).some((id) => id !== undefined))
  const agentKey = JSON.stringify(objects(event.agent).map(idsOf))
  if (!isIdentified || requesting.length === 0 || agentKey.length > longestKey) return {}
  return { agentKey, ...(people.length > 0 && { personKey: JSON.stringify(people.map(personIdsOf)) }) }
}

/** With an identifier, the same reference counts whichever way the address of its server is written. */
const personIdsOf = (person: Json) => {
  const [reference, system, value] = idsOf(person)
  return [value === undefined || reference === undefined ? reference : typeAndId(reference), system, value]
}

export const isThroughApplication = ({ agent }: Json, { clientId }: Requester): boolean =>
  objects(agent).some(({ who }) => text(object(object(who).identifier).value) === clientId)

/**
 * Returns who an access was by, as far as its entry alone shows. The person is compared first, then the application. A refused
 * sign-in shows whose account it was for, not who tried. Ending a grant takes no proof, so its entry may name nobody, as it does when this
 * browser signs out. An erasure is always the organization's, whomever its entry names.
 */
export const byWhom = (
  event: Json,
  entry: Pick<AccessEntry, 'kind' | 'outcome' | 'consent' | 'disconnected'>,
  requester: Requester,
) => {
  const isEnd = entry.kind === 'revoke' && entry.outcome === 'success'
  if (isEnd && requestingPeople(event).length === 0 && isThroughApplication(event, requester)) return 'unsure'
  const isRefusedSignIn = entry.kind === 'sign-in' && entry.outcome !== 'success'
  if (isRefusedSignIn || entry.kind === 'erasure' || !isByPerson(event, requester)) return 'others'
  return isThroughApplication(event, requester) && !isGrantChange(entry) ? 'you' : 'elsewhere'
}
