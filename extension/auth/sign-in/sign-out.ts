import { ProblemError } from '../../messages/errors.ts'
import type { RevocationOutcome } from '../../messages/state.ts'
import { recordEnd } from '../../storage/forget.ts'
import { items, type StoredConnection } from '../../storage/items.ts'
import { isByOnePerson } from '../grant/begin-connection.ts'
import { forgetConnection } from '../grant/forget-connection.ts'
import type { AttemptedRevocation, PreparedRevocation } from '../grant/revocation.ts'
import type { Sessions } from '../grant/session.ts'
import { cancelFlow } from './flow.ts'

/** What became of an end. */
export interface Ended {
  outcome: RevocationOutcome
  /** What is reported to the person about each token of it, unless whoever shows that outcome takes it back. */
  reports: readonly AttemptedRevocation[]
}

/** The ids of the reports that the outcome already tells. A report of another outcome, which it hides, stays. */
export const shownBy = ({ outcome, reports }: Ended): string[] =>
  reports.flatMap((each) => (each.outcome === outcome && each.report !== undefined ? each.report : []))

export type SignOut = ReturnType<typeof createSignOut>

export const createSignOut = ({ sessions }: { sessions: Sessions }) => {
  type End = () => Promise<PreparedRevocation | undefined>

  /**
   * Ends a session here at once, then tells the organization. Waits neither for the organization nor for what runs under the session's
   * lock, because whoever signs out may hand the browser to somebody else; what a sign-in stores meanwhile is ended after it. Returns
   * undefined if nobody was signed in.
   */
  const endAtOnce = async (connectionId: string, end: End): Promise<Ended | undefined> => {
    const ended = end()
    const endedLater = sessions.exclusively(connectionId, () => ended.then(end))
    const attempts = [ended, endedLater].map(async (revocation) => (await revocation)?.attempt())
    const results = (await Promise.all(attempts)).filter((result) => result !== undefined)
    return results.length > 0
      ? allOf(results.map((each) => ({ outcome: each.outcome, reports: [each] })))
      : undefined
  }

  const endAlone = (connectionId: string): Promise<Ended | undefined> =>
    endAtOnce(connectionId, () => sessions.signOut(connectionId))

  /** Ends the visits that this person opened from the organization's record system. Closing one visit ends no other. */
  const endVisitsOf = async (connection: StoredConnection) => {
    const visits = Object.values(await items.connections.get()).filter(
      (each) => !connection.launched && each.launched && isByOnePerson(each, connection),
    )
    return Promise.all(visits.map(({ id }) => endAlone(id)))
  }

  /**
   * Deletes the session here and stores its revocation, then revokes the grant at the organization. The connection itself stays. Ends
   * the visits that the same person opened from the organization's record system too.
   *
   * @throws ProblemError `unknown-connection`.
   */
  const signOut = async (connectionId: string): Promise<Ended> => {
    const connection = await items.connections.find(connectionId)
    if (!connection) throw new ProblemError('unknown-connection')
    const [own, visits] = await Promise.all([endAlone(connectionId), endVisitsOf(connection)])
    return allOf([own, ...visits])
  }

  /** Signs out of all connections in parallel. */
  const disconnectEverywhere = async (): Promise<(Ended & { connectionId: string })[]> => {
    await cancelFlow()
    const results = (await connectionIds()).map(async (connectionId) => {
      const ended = await endAlone(connectionId)
      return ended ? [{ connectionId, ...ended }] : []
    })
    return (await Promise.all(results)).flat()
  }

  const remove = async (connection: StoredConnection): Promise<Ended> => {
    const end: End = async () => {
      const revocation = await sessions.signOut(connection.id, 'connection')
      await forgetConnection(sessions, connection)
      return revocation
    }
    return allOf([await endAtOnce(connection.id, end)])
  }

  /** Signs out and removes the connection; with a provider's last connection, also what was kept of its access log. */
  const removeConnection = async (connectionId: string): Promise<Ended> => {
    const connection = await items.connections.find(connectionId)
    if (!connection) throw new ProblemError('unknown-connection')
    await cancelFlow(connection.providerId)
    const [own, visits] = await Promise.all([remove(connection), endVisitsOf(connection)])
    return allOf([own, ...visits])
  }

  const connectionsOf = async (providerId: string) =>
    Object.values(await items.connections.get()).filter((connection) => connection.providerId === providerId)

  return {
    signOut,
    disconnectEverywhere,
    removeConnection,
    removeConnectionsOf: async (providerId: string): Promise<void> => {
      await cancelFlow(providerId)
      const connections = await connectionsOf(providerId)
      await Promise.all(connections.map((connection) => remove(connection)))
    },
    /**
     * Signs out of all connections of a provider before its organization or application changes, while the credentials that
     * they were made with are still known. An error of the organization is not thrown.
     */
    signOutBeforeChange: async (providerId: string): Promise<void> => {
      await cancelFlow(providerId)
      const connections = await connectionsOf(providerId)
      await Promise.all(
        connections.map(({ id }) => {
          const end: End = async () => {
            const revocation = await sessions.signOut(id)
            if (revocation) await recordEnd(id, 'provider-changed')
            return revocation
          }
          return endAtOnce(id, end)
        }),
      )
    },
  }
}

const worstFirst = ['unreachable', 'refused', 'not-offered'] as const

const allOf = (ended: readonly (Ended | undefined)[]): Ended => ({
  outcome: worstFirst.find((outcome) => ended.some((each) => each?.outcome === outcome)) ?? 'revoked',
  reports: ended.flatMap((each) => each?.reports ?? []),
})

/**
 * Completes what an earlier run of the worker began: forgets sessions whose revocation is stored, and counts a try that it did not
 * finish as failed. Call when the worker starts.
 */
export const completeSignOuts = async (sessions: Sessions): Promise<void> => {
  for (const { connectionId, signedInAt } of await items.revocations.get()) {
    if (connectionId === undefined || signedInAt === undefined) continue
    if ((await items.sessions.find(connectionId))?.signedInAt === signedInAt) await sessions.end(connectionId)
  }
  await items.revocations.update((all) =>
    all.every(({ tried }) => tried !== undefined) ? all : all.map((each) => ({ tried: each.since, ...each })),
  )
}

/**
 * The IDs of all connections, and of sessions and grants whose connection is gone: they still give access, so signing out must
 * find them.
 */
export const connectionIds = async (): Promise<string[]> => {
  const tables = [await items.connections.get(), await items.sessions.get(), await items.grants.get()]
  return [...new Set(tables.flatMap((each) => Object.keys(each)))]
}
