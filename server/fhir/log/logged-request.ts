import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import type { Query } from '../../query/query.ts'
import type { ConcernedPatients } from '../access/disclosure.ts'
import { loggedPath, loggedQuery } from './logged-query.ts'

/** What was asked for, over the FHIR API or for one of the organization's own pages. */
export type LoggedRequest = LoggedRead | LoggedSearch

interface LoggedRead {
  readonly kind: 'read'
  /** `Patient/pa` */
  readonly entity: string
  /** The patients whose record holds it; none if nothing was found. */
  readonly owners: readonly string[]
}

interface LoggedSearch {
  readonly kind: 'search'
  /** The path, and a query that has no parameters of its own: for the patient whose record it names, and for everybody else. */
  readonly path: { readonly own: string; readonly other: string }
  /** The patient whose record the path names; absent if it names none. */
  readonly record?: string
  readonly query?: Pick<Query, 'type' | 'usedParameters'>
}

/**
 * Returns what of a request belongs in the entry about one patient: only what concerns this patient and nobody else.
 *
 * @param patient absent in an entry about nobody.
 */
export const partFor = (
  patient: string | undefined,
  request: LoggedRequest,
  concerned: readonly ConcernedPatients[],
): Pick<LoggedAccess, 'entity' | 'query'> => {
  if (request.kind === 'read') return readPartFor(patient, request)
  const { path, record, query } = request
  const isOwn = record !== undefined && record === patient
  const parameters = query ? loggedQuery(query, concerned, patient) : ''
  return { query: (isOwn ? path.own : path.other) + parameters }
}

/** A resource that only names the patient may be somebody else's, and so may one that was asked for in vain. */
const readPartFor = (
  patient: string | undefined,
  { entity, owners }: LoggedRead,
): Pick<LoggedAccess, 'entity' | 'query'> => {
  if (patient === undefined || owners.includes(patient) || entity === `Patient/${patient}`) return { entity }
  return owners.length > 0 ? {} : { query: loggedPath(entity) }
}
