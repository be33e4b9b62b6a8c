import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import { type LogAt, type LogRow, newAccessesIn } from './merged-log.ts'

export const keyOf = ({ connection, entry }: LogRow): string => `${connection.id} ${entry.id}`

/**
 * Reports to the worker which new accesses have been on screen, row by row, because a visible heading does not mean that the
 * rows below it were. A log counts as seen up to its newest entry once all of its new accesses were on screen.
 */
export const useSeen = (list: RefObject<HTMLElement | null>, logs: LogAt[], rows: LogRow[]): void => {
  const seenKeys = useRef(new Set<string>())
  const lastReports = useRef(new Map<string, string>())
  const latestLogs = useRef(logs)
  latestLogs.current = logs

  const report = () => {
    for (const { connection, pages, ...log } of latestLogs.current) {
      const wasSeen = (id: string) => seenKeys.current.has(`${connection.id} ${id}`)
      const { ids, all } = newAccessesIn({ connection, pages, ...log })
      const newest = pages[0]?.entries[0]
      const isSeen = all && ids.every(wasSeen) && (ids.length > 0 || wasSeen(newest?.id ?? ''))
      const seen = {
        connectionId: connection.id,
        ids: ids.filter(wasSeen),
        ...(isSeen && newest && { upTo: newest.recorded }),
      }
      const text = JSON.stringify(seen)
      if ((seen.ids.length === 0 && !isSeen) || lastReports.current.get(connection.id) === text) continue
      lastReports.current.set(connection.id, text)
      ask('access-log-seen', seen).catch(() => undefined)
    }
  }

  useEffect(() => {
    report()
    const observer = new IntersectionObserver(
      (changes) => {
        for (const { isIntersecting, target } of changes) {
          if (!isIntersecting) continue
          observer.unobserve(target)
          seenKeys.current.add((target as HTMLElement).dataset.entry ?? '')
        }
        report()
      },
      { threshold: 0.5 },
    )
    for (const row of list.current?.querySelectorAll('[data-entry]') ?? []) observer.observe(row)
    return () => observer.disconnect()
  }, [rows.map(keyOf).join('\n')])
}
