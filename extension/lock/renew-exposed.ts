import type { Sessions } from '../auth/session.ts'
import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'

/** Marks grants as to be renewed at their next use, for which their access tokens go. Answers what is to be kept of it. */
export const expose = async (connectionIds: readonly string[]): Promise<Record<string, true>> => {
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
 * Renews every grant whose refresh token has lain on the disk under a key that lay there too. One that the organization does
 * not renew is ended, here and there; one whose organization cannot be reached is renewed at its next use. By connection id.
 */
export const renewExposed = async (sessions: Sessions): Promise<{ ended: string[]; waiting: string[] }> => {
  const ended: string[] = []
  const waiting: string[] = []
  const renewed = Object.keys(await items.exposed.get()).map((connectionId) =>
    sessions.renew(connectionId).catch((error) => {
      const isEnded = error instanceof ProblemError && error.code === 'session-ended'
      ;(isEnded ? ended : waiting).push(connectionId)
    }),
  )
  await Promise.all(renewed)
  return { ended, waiting }
}
