import type { AccessPage } from '../../messages/access-log.ts'
import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import { useCheckedLogs, verdictOn } from '../../ui/use-checked-logs.ts'
import type { LogAt } from './merged-log.ts'

/** Each look is itself an entry of the log, so the newest page is asked for once while the popup is open. */
const opened = new Map<string, Promise<AccessPage>>()

/**
 * The access log of each connection that may read it, page by page: none waits for another. The next page waits for the
 * verdict on the one before, since it has to join on to what was checked.
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

/** Signing in anew, as the same person, opens another log. When that was is of this browser: no organization moves it. */
const keyOf = ({ id, signedInAt }: Connection): string => JSON.stringify([id, signedInAt])
