import { ProblemError } from '../messages/errors.ts'
import { createTurns } from '../net/long-work.ts'
import type { Client, Page, RecordAccess } from './client.ts'
import { idReferred, isHere, isTypeName, partsOfReference } from './reference.ts'
import { entriesOf, isObject, type Json, object, objects, type Resource } from './resource.ts'

interface About {
  patient: string
  fhirBase: string
}

/** A client whose answers hold only what is certainly about one patient. All that is shown or exported of a record comes through it. */
export interface PatientClient extends Client {
  /** How many resources were left out so far. */
  omitted(): number
}

/**
 * Returns a client that leaves out every resource for which `isAbout` fails, because an organization may ignore the patient who was
 * asked for. An entry that is left out stays in its page as an empty one, so that the page's count is right.
 */
export const onlyAbout = (
  client: Client,
  { fhirBase, signal }: Pick<RecordAccess, 'fhirBase' | 'signal'>,
  patient: string,
): PatientClient => {
  const about = { patient, fhirBase }
  let omitted = 0
  const filter = async ({ bundle, address }: Page): Promise<Page> => {
    const giveWay = createTurns(signal)
    const entries: Json[] = []
    for (const entry of entriesOf(bundle)) {
      await giveWay()
      const isKept = !isObject(entry.resource) || isRemark(entry.resource) || isAbout(entry.resource, about)
      if (!isKept) omitted++
      entries.push(isKept ? entry : {})
    }
    return { address, bundle: { ...bundle, entry: entries } }
  }
  return {
    omitted: () => omitted,
    /** @throws ProblemError `untrusted-answer` for a resource about somebody else. */
    read: async (type, id): Promise<Resource> => {
      const resource = await client.read(type, id)
      if (!isAbout(resource, about)) throw new ProblemError('untrusted-answer')
      return resource
    },
    search: async (type, parameters) => filter(await client.search(type, parameters)),
    follow: async (address) => filter(await client.follow(address)),
  }
}

/**
 * Returns the member of an answer that says how many resources were left out; empty if none were.
 *
 * @param unreadable how many more could not be converted.
 */
export const omittedOf = ({ omitted }: PatientClient, unreadable = 0): { omitted?: number } => {
  const number = omitted() + unreadable
  return number > 0 ? { omitted: number } : {}
}

/** What a server says about its own answer. */
const isRemark = ({ resourceType }: Json): boolean => resourceType === 'OperationOutcome'

/**
 * Checks that a resource is about the patient: every reference that says whom it is about names them, it has no other focus, and it
 * contains nothing about anybody else. A resource that names nobody is about the patient who was asked for. Nothing in it may change
 * its meaning in a way that is unknown here (modifier extensions and implicit rules, FHIR R4 2.6.1.2 and 2.26.3.1), nor hold resources
 * in another place, as a Bundle does.
 */
export const isAbout = (resource: Json, about: About): boolean => {
  const contained = listOf(resource.contained)
  const checked = new Set<unknown>([resource, ...contained])
  return (
    isOwn(resource, about) &&
    contained.every((each) => isObject(each) && isContainedOwn(each, about)) &&
    !someWithin(
      resource,
      (value) => isModified(value) || (value.resourceType !== undefined && !checked.has(value)),
    )
  )
}

const isOwn = (resource: Json, about: About): boolean => {
  if (typeOf(resource) === 'Patient') return resource.id === about.patient
  return (
    subjectsOf(resource).every((each) => isOwnReference(each, about)) &&
    isFocusOwn(resource, about) &&
    isProvenanceOwn(resource, about)
  )
}

/** A contained Patient is somebody whom no id tells from the patient. */
const isContainedOwn = (resource: Json, about: About): boolean =>
  typeOf(resource) !== 'Patient' && isOwn(resource, about)

/** The members of R4 resources that say whom they are about, some only of one type; a practitioner is none of them. */
const members = ['subject', 'patient', 'beneficiary', 'candidate', 'individual']
const membersOfType: Readonly<Record<string, readonly string[]>> = {
  AppointmentResponse: ['actor'],
  Communication: ['about'],
  CommunicationRequest: ['about'],
  MessageHeader: ['focus'],
  Provenance: ['target'],
  Schedule: ['actor'],
  Task: ['for'],
}
/** The same, in the parts of a resource. */
const partsOfType: Readonly<Record<string, readonly [part: string, member: string]>> = {
  Appointment: ['participant', 'actor'],
  AuditEvent: ['entity', 'what'],
  Group: ['member', 'entity'],
  Linkage: ['item', 'resource'],
  Person: ['link', 'target'],
}

const typeOf = ({ resourceType }: Json): string => (typeof resourceType === 'string' ? resourceType : '')

/** Returns the references that say whom the resource is about; none if it names nobody. */
const subjectsOf = (resource: Json): unknown[] => {
  const type = typeOf(resource)
  const more = Object.hasOwn(membersOfType, type) ? (membersOfType[type] ?? []) : []
  const [part = '', member = ''] = Object.hasOwn(partsOfType, type) ? (partsOfType[type] ?? []) : []
  // Among these may be people and things whom it is not about.
  const others = [
    ...more.flatMap((name) => listOf(resource[name])),
    ...listOf(resource[part]).flatMap((each) => listOf(object(each)[member])),
  ].filter((reference) => mayBePatient(typeNamed(reference)))
  return [...members.flatMap((name) => listOf(resource[name])), ...others]
}

/** A Group may hold anybody; a name, a number or something contained may be anybody. */
const mayBePatient = (type: string | undefined): boolean =>
  type === undefined || type === 'Patient' || type === 'Group'

const typeNamed = (value: unknown): string | undefined => {
  const type = partsOfReference(value).at(-2)
  return type !== undefined && isTypeName(type) ? type : undefined
}

const isOwnReference = (value: unknown, { patient, fhirBase }: About): boolean => {
  return idReferred(value, 'Patient', fhirBase) === patient
}

const focusCode = 'http://hl7.org/fhir/StructureDefinition/observation-focusCode'

/** An Observation about a fetus or a donor has the patient as its subject, and says by its focus what it is about. */
const isFocusOwn = ({ resourceType, focus, extension }: Json, about: About): boolean =>
  resourceType !== 'Observation' ||
  (listOf(focus).every((each) => isOwnReference(each, about)) &&
    !objects(extension, Number.POSITIVE_INFINITY).some(({ url }) => url === focusCode))

/** Checks whether anything in a resource may change its meaning in an unknown way. */
export const hasUnknownModifier = (resource: Json): boolean => someWithin(resource, isModified)

const isModified = ({ implicitRules, modifierExtension }: Json): boolean =>
  implicitRules !== undefined || listOf(modifierExtension).length > 0

/** Looks at every depth, without recursion, because an organization chooses the depth. */
const someWithin = (resource: Json, isSo: (value: Json) => boolean): boolean => {
  const waiting: unknown[] = [resource]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (isObject(value) && isSo(value)) return true
    if (typeof value === 'object' && value !== null)
      for (const each of Object.values(value)) if (typeof each === 'object') waiting.push(each)
  }
  return false
}

/** An organization says nothing of where the resources of another come from. */
const isProvenanceOwn = (resource: Json, { fhirBase }: About): boolean =>
  typeOf(resource) !== 'Provenance' ||
  listOf(resource.target).every((each) => isHere(partsOfReference(each), fhirBase))

const listOf = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]
