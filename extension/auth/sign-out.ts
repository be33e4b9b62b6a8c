import { ProblemError } from '../messages/errors.ts'
import type { Disconnected, RevocationOutcome, SignOutResult } from '../messages/state.ts'
import { items, type StoredConnection } from '../storage/items.ts'
import { cancelFlow } from './flow.ts'
import { forgetConnection } from './forget-connection.ts'
import type { Revocations } from './revocation.ts'
import type { Sessions } from './session.ts'

/** `quietly`: nobody sees the answer, so that what was not revoked is told when the popup is opened. */
export interface SigningOut {
  /**
   * Revokes at the organization, then deletes here; deletes even when the organization cannot be reached. The connection's
   * name stays. Throws `unknown-connection`.
   */
  signOut(connectionId: string, quietly?: boolean): Promise<SignOutResult>
  /** Signs out of every connection that somebody is signed in to, all at once: one that is slow keeps no other waiting. */
  disconnectEverywhere(quietly?: boolean): Promise<Disconnected[]>
  /** Signs out, and forgets the name as well; with a provider's last connection also what was kept of its access log. */
  removeConnection(connectionId: string, quietly?: boolean): Promise<SignOutResult>
  removeConnectionsOf(providerId: string): Promise<void>
  /**
   * Signs out of every connection of a provider that is about to become another organization or application, while the
   * credentials they were made with are still known. Throws nothing that the organization answers.
   */
  signOutMoved(providerId: string): Promise<void>
}

export const createSignOut = (dependencies: { sessions: Sessions; revocations: Revocations }): SigningOut => {
  const { sessions, revocations } = dependencies

  /** Under the session's lock. Undefined when nobody is signed in. */
  const endGrant = async (connectionId: string, quietly = false): Promise<RevocationOutcome | undefined> => {
    const session = await sessions.find(connectionId)
    if (!session) return undefined
    const tokens = await sessions.tokens(connectionId)
    try {
      return await revocations[quietly ? 'revokeOrTell' : 'revoke']({ ...session, tokens })
    } finally {
      await sessions.end(connectionId)
    }
  }

  const endAlone = (connectionId: string, quietly?: boolean): Promise<RevocationOutcome | undefined> =>
    sessions.exclusively(connectionId, () => endGrant(connectionId, quietly))

  const signOut: SigningOut['signOut'] = async (connectionId, quietly) => {
    if (!(await items.connections.has(connectionId))) throw new ProblemError('unknown-connection')
    return { outcome: (await endAlone(connectionId, quietly)) ?? 'revoked' }
  }

  const disconnectEverywhere: SigningOut['disconnectEverywhere'] = async (quietly) => {
    await cancelFlow()
    const ended = (await connectionIds()).map(async (connectionId) => {
      const outcome = await endAlone(connectionId, quietly)
      return outcome ? [{ connectionId, outcome }] : []
    })
    return (await Promise.all(ended)).flat()
  }

  /** In one step under the session's lock: a sign-in that waits for it finds either all of the connection, or nothing. */
  const remove = (connection: StoredConnection, quietly?: boolean): Promise<SignOutResult> =>
    sessions.exclusively(connection.id, async () => {
      const outcome = (await endGrant(connection.id, quietly)) ?? 'revoked'
      await forgetConnection(sessions, connection)
      return { outcome }
    })

  const removeConnection: SigningOut['removeConnection'] = async (connectionId, quietly) => {
    const connection = await items.connections.find(connectionId)
    if (!connection) throw new ProblemError('unknown-connection')
    await cancelFlow(connection.providerId)
    return remove(connection, quietly)
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
    signOutMoved: async (providerId) => {
      await cancelFlow(providerId)
      for (const { id } of await connectionsOf(providerId)) {
        if (!(await sessions.find(id))) continue
        await signOut(id, true)
        await sessions.endMoved(id)
      }
    },
  }
}

/**
 * Every id under which a person's way to a record is kept. A session or a grant counts without its connection as well: it is good
 * for as much, and whoever ends what was allowed has to find it.
 */
export const connectionIds = async (): Promise<string[]> => {
  const kept = [await items.connections.get(), await items.sessions.get(), await items.grants.get()]
  return [...new Set(kept.flatMap((each) => Object.keys(each)))]
}
