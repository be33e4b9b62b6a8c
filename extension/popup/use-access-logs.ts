import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { AccessPage } from '../messages/access-log.ts'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Connection } from '../messages/state.ts'
import { problemOf } from '../ui/problem.ts'
import type { LogAt } from './merged-log.ts'

interface Held {
  pages: AccessPage[]
  problem?: Problem
  pending: boolean
}

const nothing: Held = { pages: [], pending: true }

/** Each look is itself an entry of the log, so the newest page is asked for once while the popup is open. */
const opened = new Map<string, Promise<AccessPage>>()

const openLog = (key: string, connectionId: string): Promise<AccessPage> => {
  const page = opened.get(key) ?? ask('access-log', { connectionId })
  opened.set(key, page)
  page.catch(() => opened.delete(key))
  return page
}

/** The access log of each connection that may read it, page by page: none waits for another. */
export const useAccessLogs = (connections: Connection[]): LogAt[] => {
  const [held, setHeld] = useState<Record<string, Held>>({})
  const alive = useRef(true)

  const read = useCallback(async (connection: Connection, pages: AccessPage[]) => {
    const key = keyOf(connection)
    setHeld((all) => ({ ...all, [key]: { pages, pending: true } }))
    const next = pages.at(-1)?.next
    const asked = next
      ? ask('access-log', { connectionId: connection.id, next })
      : openLog(key, connection.id)
    const outcome = await asked.then(
      (page): Held => ({ pages: [...pages, page], pending: false }),
      (error: unknown): Held => ({ pages, problem: problemOf(error), pending: false }),
    )
    if (alive.current) setHeld((all) => ({ ...all, [key]: outcome }))
  }, [])

  const keys = connections.map(keyOf).join('\n')
  useEffect(() => {
    for (const connection of connections) if (!held[keyOf(connection)]) void read(connection, [])
  }, [keys])
  useEffect(() => {
    alive.current = true
    return () => {
      alive.current = false
    }
  }, [])

  return connections.map((connection) => {
    const log = held[keyOf(connection)] ?? nothing
    const go = () => void read(connection, log.pages)
    return { connection, ...log, more: go, again: go }
  })
}

/** Signing in anew, as the same person, opens another log. */
const keyOf = ({ id, endsAt }: Connection): string => JSON.stringify([id, endsAt])
