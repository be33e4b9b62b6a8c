import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { AccessPage, LogVerdict } from '../../messages/access-log.ts'
import { ask } from '../../messages/ask.ts'
import type { Problem } from '../../messages/errors.ts'
import type { Connection } from '../../messages/state.ts'
import { verdictOn, wasInterrupted } from '../../ui/access-log.ts'
import { problemOf } from '../../ui/problem.ts'
import type { LogAt, ReadPage } from './merged-log.ts'

interface Held {
  pages: ReadPage[]
  problem?: Problem
  /** The pages before the one that could not be read. */
  before?: ReadPage[]
  pending: boolean
}

const nothing: Held = { pages: [], pending: true }

/** Each look is itself an entry of the log, so the newest page is asked for once while the popup is open. */
const opened = new Map<string, Promise<AccessPage>>()
/** The worker tells a verdict once. */
const verdicts = new Map<string, Promise<LogVerdict>>()

const openLog = (key: string, connectionId: string): Promise<AccessPage> => {
  const page = opened.get(key) ?? ask('access-log', { connectionId })
  opened.set(key, page)
  page.catch(() => opened.delete(key))
  return page
}

const verdictOf = ({ check }: AccessPage): Promise<LogVerdict> => {
  const verdict = verdicts.get(check) ?? verdictOn(check)
  verdicts.set(check, verdict)
  return verdict
}

/**
 * The access log of each connection that may read it, page by page: none waits for another, and the list not for its
 * verdict. Only the next page does, since it has to join on to what was checked.
 */
export const useAccessLogs = (connections: Connection[]): LogAt[] => {
  const [held, setHeld] = useState<Record<string, Held>>({})
  const alive = useRef(true)

  const read = useCallback(
    async (connection: Connection, before: ReadPage[], isAgain = false): Promise<void> => {
      const key = keyOf(connection)
      const hold = (change: (log: Held) => Held) => {
        if (alive.current) setHeld((all) => ({ ...all, [key]: change(all[key] ?? nothing) }))
      }
      hold(({ pages }) => ({ pages, pending: true }))
      try {
        const last = before.at(-1)
        const next = last && ((await verdictOf(last)).next ?? last.next)
        const page = await (next === undefined
          ? openLog(key, connection.id)
          : ask('access-log', { connectionId: connection.id, next }))
        hold(() => ({ pages: [...before, page], pending: false }))
        const verdict = await verdictOf(page)
        if (wasInterrupted(verdict.proof) && !isAgain) {
          if (next === undefined) opened.delete(key)
          return read(connection, before, true)
        }
        hold((log) => ({
          ...log,
          pages: log.pages.map((each) => (each.check === page.check ? { ...each, ...verdict } : each)),
        }))
      } catch (error) {
        hold(({ pages }) => ({ pages, before, problem: problemOf(error), pending: false }))
      }
    },
    [],
  )

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
    const { before, ...log } = held[keyOf(connection)] ?? nothing
    const anew = () => {
      opened.delete(keyOf(connection))
      void read(connection, [])
    }
    return {
      connection,
      ...log,
      more: () => void read(connection, log.pages),
      again: () => void read(connection, before ?? log.pages),
      anew,
    }
  })
}

/** Signing in anew, as the same person, opens another log. When that was is of this browser: no organization moves it. */
const keyOf = ({ id, signedInAt }: Connection): string => JSON.stringify([id, signedInAt])
