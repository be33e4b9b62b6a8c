import type { AccessPage } from '../../messages/access-log.ts'
import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import { useCheckedLogs, verdictOn } from '../../ui/use-checked-logs.ts'
import type { LogAt } from './merged-log.ts'

/** The newest page of each log, requested once while the popup is open because each request adds an entry to the log. */
const firstPages = new Map<string, Promise<AccessPage>>()

/**
 * Reads the access log of each connection page by page, independently of the others. The next page waits for the verdict on
 * the one before, because it must continue the checked part.
 */
export const useAccessLogs = (connections: Connection[]): LogAt[] => {
  const logs = useCheckedLogs(
    connections.map((connection) => {
      const key = keyOf(connection)
      const open = (again: boolean): Promise<AccessPage> => {
        const earlier = again ? undefined : firstPages.get(key)
        const page = earlier ?? ask('access-log', { connectionId: connection.id })
        firstPages.set(key, page)
        page.catch(() => firstPages.delete(key))
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

/** Changes with each sign-in, so that the log is read again. The time is this browser's, so no organization can change it. */
const keyOf = ({ id, signedInAt }: Connection): string => JSON.stringify([id, signedInAt])
