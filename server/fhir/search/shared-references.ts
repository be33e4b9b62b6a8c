import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import { MOST_INCLUDED } from '../access/source.ts'

/** In the JSON of `resource-text.ts`, without spaces, only a reference looks like this. */
const REFERENCE = /"reference":"([A-Za-z]{1,64})\/([A-Za-z0-9\-.]{1,64})[/"]/g

/** Adds the shared resources, which belong to no patient, that a stored text refers to: of each type one more than a page includes. */
export const addSharedReferences = (idsByType: Map<string, Set<string>>, json: string): void => {
  // `matchAll` would copy the expression for each text.
  for (let match = REFERENCE.exec(json); match; match = REFERENCE.exec(json)) {
    const [, type = '', id = ''] = match
    if (COMPARTMENT[type] !== SHARED) continue
    const ids = idsByType.get(type) ?? new Set()
    if (ids.size <= MOST_INCLUDED) idsByType.set(type, ids.add(id))
  }
}
