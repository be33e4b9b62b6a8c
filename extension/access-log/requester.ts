import { type Json, object, objects, text } from '../fhir/resource.ts'
import type { AccessKind } from '../messages/access-log.ts'

/** How an organization knows this browser: as one person, through one application. */
export interface Requester {
  clientId: string
  /** `sub`; empty if the organization names no person. */
  subject: string
  /** The patient's id, if the person is a patient. */
  patient?: string | undefined
}

/** Reads `X-Request-Id`, which BALP puts into an entity of that type. */
export const requestIdOf = ({ entity }: Json): string | undefined => {
  const named = objects(entity).find(({ type }) => object(type).code === 'XrequestId')
  return text(object(object(named?.what).identifier).value)
}

/** Checks whether an entry names the person, by identifiers that no two people share, never by a display name. */
export const isByPerson = ({ agent }: Json, { subject, patient }: Requester): boolean =>
  objects(agent).some(({ who }) => {
    const { identifier, reference } = object(who)
    const identifierValue = text(object(identifier).value)
    return (
      (patient !== undefined && text(reference)?.split('/').slice(-2).join('/') === `Patient/${patient}`) ||
      (subject !== '' && identifierValue === subject)
    )
  })

export const isThroughApplication = ({ agent }: Json, { clientId }: Requester): boolean =>
  objects(agent).some(({ who }) => text(object(object(who).identifier).value) === clientId)

/** Kinds that access the record, or may; the others are about signing in and the log itself. */
export const recordKinds: ReadonlySet<AccessKind> = new Set(['read', 'search', 'write', 'other'])

/**
 * Checks whether an entry is this person's own doing: a read through this application, or the person's own signing in and out. A
 * read through another application is not, even in the person's name. Nor is another person's read, even with a request id of
 * this browser.
 */
export const isOwn = (event: Json, kind: AccessKind, requester: Requester): boolean =>
  isByPerson(event, requester) && (!recordKinds.has(kind) || isThroughApplication(event, requester))
