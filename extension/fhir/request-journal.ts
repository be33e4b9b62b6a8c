import { entriesOf, type Json, object, objects, type Resource } from './resource.ts'

/** A read that this browser sent. It holds nothing of the record. */
export interface OwnRequest {
  /** The `X-Request-Id` of the answer, or else the one that was sent. */
  id: string
  /** When it was sent, by this browser's clock; milliseconds since 1970. */
  at: number
  /** When it was answered, by the server's clock (`Date`); absent before that, or if the answer has no `Date`. */
  servedAt?: number
  /** The requested type, such as `Observation`; empty if the address names none. `sign-in` for a sign-in, which is no read. */
  what: string
  /** When a sign-in ended, by this browser's clock. */
  until?: number
  /** The answer showed data of the connection's patient, so an honest log has an entry of it. */
  shown?: true
}

/** Records every read, so that an access log can be checked against them. */
export interface RequestJournal {
  /** Records every attempt before its answer is known, because one that is never answered may be in the log as well. */
  recordSent(request: { id: string; what: string }): Promise<void>
  /** Adds an answer to its request. Call it without waiting: later looks at the journal wait for it. `responseId` and `date` are its `X-Request-Id` and `Date`, null if it has none. */
  recordAnswer(request: {
    id: string
    responseId: string | null
    date: string | null
    resource?: Resource
  }): Promise<void>
}

/** Checks whether a resource is certainly about the patient; one that names no patient is not. */
export const isAboutPatient = (resource: Json, patient: string): boolean => {
  if (resource.resourceType === 'Bundle')
    return entriesOf(resource).some((entry) => isAboutPatient(object(entry.resource), patient))
  if (resource.resourceType === 'Patient') return resource.id === patient
  const { subject, patient: patientReference, entity } = resource
  const about = [subject, patientReference, ...objects(entity).map(({ what }) => what)]
  return about.some((reference) => refersTo(object(reference).reference, patient))
}

const refersTo = (reference: unknown, patient: string): boolean =>
  typeof reference === 'string' &&
  reference
    .replace(/\/_history\/[^/]*$/, '')
    .split('/')
    .slice(-2)
    .join('/') === `Patient/${patient}`
