import { useEffect, useRef } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { AccessPage } from '../../messages/log-entries.ts'
import type { Connection } from '../../messages/state.ts'
import { useCheckedLogs, verdictOn } from '../../who-read/use-checked-logs.ts'
import type { LogAt } from './merged-log.ts'

/** Milliseconds. A younger list is shown as it is when it is opened again, because each reading adds an entry to the log. */
const longestUnread = 60_000

/** The newest page of each log, and when it was requested. */
const firstPages = new Map<string, { page: Promise<AccessPage>; at: number }>()

/**
 * Reads the access log of each connection page by page, independently of the others. The next page waits for the verdict on
 * the one before, because it must continue the checked part.
 */
export const useAccessLogs = (connections: Connection[]): LogAt[] => {
  const logs = useCheckedLogs(
    connections.map((connection) => {
      const key = keyOf(connection)
      const open = (again: boolean): Promise<AccessPage> => {
        const earlier = again || isOld(key) ? undefined : firstPages.get(key)?.page
        if (earlier) return earlier
        const page = ask('access-log', { connectionId: connection.id })
        firstPages.set(key, { page, at: Date.now() })
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
  useOpenings(() => {
    for (const [at, { isRestarting, restart }] of logs.entries()) {
      const connection = connections[at]
      if (connection && !isRestarting && isOld(keyOf(connection))) restart()
    }
  })
  return logs.flatMap((log, at) => {
    const connection = connections[at]
    return connection ? [{ connection, ...log }] : []
  })
}

/** Calls `onOpen` at each click on a link to the section, also while it is in view. */
const useOpenings = (onOpen: () => void): void => {
  const latest = useRef(onOpen)
  latest.current = onOpen
  useEffect(() => {
    const onClick = ({ target }: Event) => {
      if (target instanceof Element && target.closest('a[href="#who-read"]')) latest.current()
    }
    document.addEventListener('click', onClick)
    return () => document.removeEventListener('click', onClick)
  }, [])
}

const isOld = (key: string): boolean => Date.now() - (firstPages.get(key)?.at ?? 0) > longestUnread

/** Changes with each sign-in, so that the log is read again. The time is this browser's, so no organization can change it. */
const keyOf = ({ id, signedInAt }: Connection): string => JSON.stringify([id, signedInAt])
