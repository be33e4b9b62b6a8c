import type { AccessPage } from '../../messages/access-log.ts'
import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import { useCheckedLogs, verdictOn } from '../../ui/use-checked-logs.ts'
import type { LogAt } from './merged-log.ts'

/** Requests the newest page once while the popup is open, because each look adds an entry to the log. */
const opened = new Map<string, Promise<AccessPage>>()

/**
 * Reads the access log of each connection page by page, independently of the others. The next page waits for the verdict on
 * the one before, because it must continue the checked part.
 */
export const useAccessLogs = (connections: Connection[]): LogAt[] => {
  const logs = useCheckedLogs(
    connections.map((connection) => {
      const key = keyOf(connection)
      const open = (again: boolean): Promise<AccessPage> => {
        const kept = again ? undefined : opened.get(key)
        const page = kept ?? ask('access-log', { connectionId: connection.id })
        opened.set(key, page)
        page.catch(() => opened.delete(key))
        return page
      }
      return {
        key,
        load: async (last, again) => {
          const next = last && ((await verdictOn(last.check)).next ?? last.next)
          return next === undefined ? open(again) : ask('access-log', { connectionId: connection.id, next })
        },
      }
    }),
  )
  return logs.flatMap((log, at) => {
    const connection = connections[at]
    return connection ? [{ connection, ...log }] : []
  })
}

/** Signing in again opens a new log, even as the same person. The time is this browser's, so no organization can change it. */
const keyOf = ({ id, signedInAt }: Connection): string => JSON.stringify([id, signedInAt])
