import type { Copies } from '../storage/copies.ts'
import { type GrantTerms, items, type Session } from '../storage/items.ts'
import { covers, stoppedSince } from './scopes.ts'

/** Returns terms with a new scope: what the person stopped sharing stays known, a patient's details that it excludes do not. */
export const withScope = <T extends GrantTerms>(terms: T, scope: string): T => {
  const { firstScope = terms.scope, patient } = terms
  return {
    ...terms,
    scope,
    ...(stoppedSince(terms.scope, scope) && { firstScope }),
    ...(patient &&
      !covers(scope, 'Patient') && {
        patient: { id: patient.id, name: patient.name, identifiers: [] },
      }),
  }
}

/** Checks whether what was read in one session may be kept in the other: it is the same sign-in with the same scope. */
export const isSameGrant = (readIn: Session | undefined, now: Session | undefined): boolean =>
  readIn !== undefined && readIn.signedInAt === now?.signedInAt && readIn.scope === now.scope

/** Deletes what was read under a connection's grant, because a new or narrower one may not allow it. */
export const forgetRead = async (copies: Copies, connectionId: string): Promise<void> => {
  await copies.drop(connectionId)
  await items.lastSearches.delete(connectionId)
  await items.recentPatients.delete(connectionId)
  await items.place.update((place) => {
    const { patient: _opened, asked: _answered, ...rest } = place
    return place.connectionId === connectionId ? rest : place
  })
}
