import { ProblemError } from '../messages/errors.ts'
import type { DisconnectResult, RevocationOutcome, SignOutResult } from '../messages/state.ts'
import { items, type StoredConnection } from '../storage/items.ts'
import { cancelFlow } from './flow.ts'
import { forgetConnection } from './forget-connection.ts'
import type { Revocations } from './revocation.ts'
import type { Sessions } from './session.ts'

/** `quietly`: nobody sees the result, so the popup reports a failed revocation when it is next opened. */
export interface SignOut {
  /**
   * Revokes the grant at the organization, then deletes the session here, even when the organization cannot be reached. The
   * connection itself stays. Ends the visits that the same person opened from the organization's record system too.
   *
   * @throws ProblemError `unknown-connection`.
   */
  signOut(connectionId: string, quietly?: boolean): Promise<SignOutResult>
  /** Signs out of all connections in parallel, so that a slow organization does not delay the others. */
  disconnectEverywhere(quietly?: boolean): Promise<DisconnectResult[]>
  /** Signs out and removes the connection; with a provider's last connection, also what was kept of its access log. */
  removeConnection(connectionId: string, quietly?: boolean): Promise<SignOutResult>
  removeConnectionsOf(providerId: string): Promise<void>
  /**
   * Signs out of all connections of a provider before its organization or application changes, while the credentials that
   * they were made with are still known. An error of the organization is not thrown.
   */
  signOutBeforeChange(providerId: string): Promise<void>
}

export const createSignOut = (dependencies: { sessions: Sessions; revocations: Revocations }): SignOut => {
  const { sessions, revocations } = dependencies

  /** Ends the grant; undefined if the connection is signed out. Call under the session's lock. */
  const endGrant = async (connectionId: string, quietly = false): Promise<RevocationOutcome | undefined> => {
    const session = await sessions.find(connectionId)
    if (!session) return undefined
    const tokens = await sessions.tokens(connectionId)
    try {
      return await revocations[quietly ? 'revokeOrReport' : 'revoke']({ ...session, tokens }, connectionId)
    } finally {
      await sessions.end(connectionId)
    }
  }

  const endAlone = (connectionId: string, quietly?: boolean): Promise<RevocationOutcome | undefined> =>
    sessions.exclusively(connectionId, () => endGrant(connectionId, quietly))

  /** Ends the visits that this person opened from the organization's record system. Closing one visit ends no other. */
  const endVisitsOf = async (connection: StoredConnection, quietly?: boolean) => {
    const visits = Object.values(await items.connections.get()).filter(
      (each) => !connection.launched && each.launched && isByOnePerson(each, connection),
    )
    return Promise.all(visits.map(({ id }) => endAlone(id, quietly)))
  }

  const signOut: SignOut['signOut'] = async (connectionId, quietly) => {
    const connection = await items.connections.find(connectionId)
    if (!connection) throw new ProblemError('unknown-connection')
    const [own, visits] = await Promise.all([
      endAlone(connectionId, quietly),
      endVisitsOf(connection, quietly),
    ])
    return { outcome: worstOf([own, ...visits]) }
  }

  const disconnectEverywhere: SignOut['disconnectEverywhere'] = async (quietly) => {
    await cancelFlow()
    const results = (await connectionIds()).map(async (connectionId) => {
      const outcome = await endAlone(connectionId, quietly)
      return outcome ? [{ connectionId, outcome }] : []
    })
    return (await Promise.all(results)).flat()
  }

  /** One step under the session's lock, so that a sign-in that waits for it finds the whole connection or nothing. */
  const remove = (connection: StoredConnection, quietly?: boolean): Promise<SignOutResult> =>
    sessions.exclusively(connection.id, async () => {
      const outcome = (await endGrant(connection.id, quietly)) ?? 'revoked'
      await forgetConnection(sessions, connection)
      return { outcome }
    })

  const removeConnection: SignOut['removeConnection'] = async (connectionId, quietly) => {
    const connection = await items.connections.find(connectionId)
    if (!connection) throw new ProblemError('unknown-connection')
    await cancelFlow(connection.providerId)
    const visits = await endVisitsOf(connection, quietly)
    const { outcome } = await remove(connection, quietly)
    return { outcome: worstOf([outcome, ...visits]) }
  }

  const connectionsOf = async (providerId: string) =>
    Object.values(await items.connections.get()).filter((connection) => connection.providerId === providerId)

  return {
    signOut,
    disconnectEverywhere,
    removeConnection,
    removeConnectionsOf: async (providerId) => {
      await cancelFlow(providerId)
      for (const connection of await connectionsOf(providerId)) await remove(connection, true)
    },
    signOutBeforeChange: async (providerId) => {
      await cancelFlow(providerId)
      for (const { id } of await connectionsOf(providerId)) {
        if (!(await sessions.find(id))) continue
        await signOut(id, true)
        await sessions.endAfterChange(id)
      }
    },
  }
}

const isByOnePerson = (a: StoredConnection, b: StoredConnection): boolean =>
  a.subject !== '' &&
  (['providerId', 'issuer', 'fhirBase', 'subject'] as const).every((part) => a[part] === b[part])

const worstFirst = ['unreachable', 'refused', 'not-offered'] as const

const worstOf = (outcomes: readonly (RevocationOutcome | undefined)[]): RevocationOutcome =>
  worstFirst.find((outcome) => outcomes.includes(outcome)) ?? 'revoked'

/**
 * The IDs of all connections, and of sessions and grants whose connection is gone: they still give access, so signing out must
 * find them.
 */
export const connectionIds = async (): Promise<string[]> => {
  const tables = [await items.connections.get(), await items.sessions.get(), await items.grants.get()]
  return [...new Set(tables.flatMap((each) => Object.keys(each)))]
}
