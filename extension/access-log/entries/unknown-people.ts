import type { Page, Parameters } from '../../fhir/client.ts'
import { object, objects } from '../../fhir/resource.ts'
import type { UnknownPerson } from '../../messages/log-entries.ts'

/** The search parameters by which people are looked up, by a name or a number that the log itself does not hold. */
const LOOKED_UP: Readonly<Record<UnknownPerson, readonly string[]>> = {
  patient: ['patient.name', 'patient.identifier'],
  agent: ['agent-name'],
}

/**
 * Returns the parts of a filter by which the organization knows nobody, as it states in an OperationOutcome beside the empty list: by
 * every name and number that was tried.
 *
 * @param pages the answers to the searches, in their order; none has an entry.
 */
export const unknownPeople = (searches: readonly Parameters[], pages: readonly Page[]): UnknownPerson[] => {
  const people = Object.keys(LOOKED_UP) as UnknownPerson[]
  return people.filter((person) => {
    const stated = searches.flatMap((search, at) =>
      LOOKED_UP[person]
        .filter((name) => search[name] !== undefined)
        .map((name) => pages[at] !== undefined && unknownNames(pages[at]).includes(`http.${name}`)),
    )
    return stated.length > 0 && stated.every((isUnknown) => isUnknown)
  })
}

const unknownNames = ({ bundle }: Page): unknown[] =>
  objects(bundle.entry)
    .map(({ resource }) => object(resource))
    .filter(({ resourceType }) => resourceType === 'OperationOutcome')
    .flatMap(({ issue }) => objects(issue))
    .filter(({ code }) => code === 'not-found')
    .flatMap(({ location }) => (Array.isArray(location) ? location : []))
