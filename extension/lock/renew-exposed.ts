import type { Sessions } from '../auth/grant/session.ts'
import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'

/** Deletes the access tokens of these grants, so that their next use refreshes them. Returns the marks to store in `exposed`. */
export const markExposed = async (connectionIds: readonly string[]): Promise<Record<string, true>> => {
  await items.sessions.update((sessions) =>
    Object.fromEntries(
      Object.entries(sessions).map(([id, { access, ...session }]) => [
        id,
        { ...session, ...(access && !connectionIds.includes(id) && { access }) },
      ]),
    ),
  )
  return Object.fromEntries(connectionIds.map((id) => [id, true]))
}

/**
 * Refreshes every grant whose refresh token was on disk together with the key that opens it. Ends a grant, here and at the
 * organization, if its refresh token is not rotated. If the organization cannot be reached, the next use refreshes the grant.
 * Returns connection IDs.
 */
export const renewExposed = async (sessions: Sessions): Promise<{ ended: string[]; waiting: string[] }> => {
  const endedIds: string[] = []
  const waiting: string[] = []
  const renewals = Object.keys(await items.exposed.get()).map((connectionId) =>
    sessions.renew(connectionId).catch((error) => {
      const isEnded = error instanceof ProblemError && error.code === 'session-ended'
      ;(isEnded ? endedIds : waiting).push(connectionId)
    }),
  )
  await Promise.all(renewals)
  return { ended: endedIds, waiting }
}
