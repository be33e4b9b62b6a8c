import type { Copies } from '../../storage/copies.ts'
import { type GrantTerms, items, type Session } from '../../storage/items.ts'
import { abilities, covers, stoppedSince } from './scopes.ts'

/**
 * Returns the terms with a new scope. Remembers what is no longer shared, and drops the patient's details if the scope no
 * longer covers them.
 */
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

/** The terms under which something is read. */
export type ReadTerms = Pick<Session, 'signedInAt' | 'scope' | 'patient'>

export const readTermsOf = ({ signedInAt, scope, patient }: Session): ReadTerms => ({
  signedInAt,
  scope,
  ...(patient && { patient }),
})

/** Checks whether data read in one session may be kept in the other: both are of the same sign-in, with the same scope. */
export const isSameGrant = (readIn: ReadTerms | undefined, now: Session | undefined): boolean =>
  readIn !== undefined && readIn.signedInAt === now?.signedInAt && readIn.scope === now.scope

/** Deletes what was read under a connection's grant, because a new or narrower one may not allow it. */
export const forgetRead = async (copies: Copies, connectionId: string): Promise<void> => {
  await copies.drop(connectionId)
  await items.lastSearches.delete(connectionId)
  await forgetOpened(connectionId)
}

/**
 * Stores a narrower scope of a session. What was read under the wider one is deleted first, because a worker that is stopped in between
 * would later find the scope unchanged.
 */
export const narrowScope = async (
  copies: Copies,
  connectionId: string,
  narrow: (scope: string) => string,
): Promise<void> => {
  await forgetRead(copies, connectionId)
  await items.sessions.change(connectionId, (now) => now && withScope(now, narrow(now.scope)))
  await forgetUnsearchable(connectionId)
}

/**
 * Deletes the opened patients unless the stored session may search patients. An open popup reports them again and again, so this
 * follows each write of them and each write of a session: the later one deletes what the scope excludes.
 */
export const forgetUnsearchable = async (connectionId: string): Promise<void> => {
  const session = await items.sessions.find(connectionId)
  const isAllowed = session && abilities(session.scope, session.patient !== undefined).searchPatients
  if (!isAllowed) await forgetOpened(connectionId)
}

const forgetOpened = async (connectionId: string): Promise<void> => {
  await items.recentPatients.delete(connectionId)
  await items.place.update((place) => {
    const { patient, asked, ...rest } = place
    return place.connectionId === connectionId && (patient || asked) ? rest : place
  })
}
