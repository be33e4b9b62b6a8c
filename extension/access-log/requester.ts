import { type Json, object, objects, text } from '../fhir/resource.ts'
import type { AccessKind } from '../messages/access-log.ts'

/** Who this browser is to an organization: one person, through one application. */
export interface Requester {
  clientId: string
  /** `sub`; empty where the organization names nobody. */
  subject: string
  /** The id of the one patient, where the person is one. */
  patient?: string | undefined
}

/** Where BALP puts `X-Request-Id`: an entity of that type. */
export const requestIdOf = ({ entity }: Json): string | undefined => {
  const named = objects(entity).find(({ type }) => object(type).code === 'XrequestId')
  return text(object(object(named?.what).identifier).value)
}

/** Whether an entry names the person, by what identifies them and no two people share: never by a name that is shown. */
export const isByPerson = ({ agent }: Json, { subject, patient }: Requester): boolean =>
  objects(agent).some(({ who }) => {
    const { identifier, reference } = object(who)
    const named = text(object(identifier).value)
    return (
      (patient !== undefined && text(reference)?.split('/').slice(-2).join('/') === `Patient/${patient}`) ||
      (subject !== '' && named === subject)
    )
  })

export const isThrough = ({ agent }: Json, { clientId }: Requester): boolean =>
  objects(agent).some(({ who }) => text(object(object(who).identifier).value) === clientId)

/** Kinds that are a look at the record, or may be one; the others are about signing in, and the log itself. */
export const ofRecord: ReadonlySet<AccessKind> = new Set(['read', 'search', 'write', 'other'])

/**
 * Whether an entry is this person's own doing: a read through this application, or the person's own signing in and out.
 * What another application reads is not, though it reads in the person's name; and an id that this browser sent makes
 * nobody else's read the person's own.
 */
export const isOwn = (event: Json, kind: AccessKind, requester: Requester): boolean =>
  isByPerson(event, requester) && (!ofRecord.has(kind) || isThrough(event, requester))
