import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { AccessEntry } from '../../messages/log-entries.ts'
import { entryKeyOf } from '../../who-read/access-words.ts'
import type { ReadPage } from '../../who-read/use-checked-logs.ts'
import { type LogAt, type LogRow, newAccessesIn } from './merged-log.ts'

export const keyOf = ({ connection, entry }: Pick<LogRow, 'connection' | 'entry'>): string =>
  `${connection.id} ${entryKeyOf(entry)}`

/** The keys of all entries of a line, for its `data-entry`. No key contains a line break. */
export const keysOf = (row: LogRow): string => [row, ...row.folded].map(keyOf).join('\n')

/** Whether the worker has judged a page. Before that it does not know what is on it. */
const isJudged = ({ proof }: ReadPage): boolean => proof !== undefined

/**
 * Reports to the worker which new accesses have been on screen, line by line, because a visible heading does not mean that the
 * lines below it were. A log counts as seen up to its newest entry once all of its new accesses were on screen.
 */
export const useSeen = (list: RefObject<HTMLElement | null>, logs: LogAt[], rows: LogRow[]): void => {
  const seenKeys = useRef(new Set<string>())
  const lastReports = useRef(new Map<string, string>())
  const latestLogs = useRef(logs)
  latestLogs.current = logs

  const report = () => {
    for (const { connection, pages: all, ...log } of latestLogs.current) {
      const pages = all.filter(isJudged)
      const wasSeen = (entry: AccessEntry) => seenKeys.current.has(keyOf({ connection, entry }))
      const { entries, all: areAll } = newAccessesIn({ connection, pages, ...log })
      // If two entries have one id, both must have been on screen.
      const unseenIds = new Set(entries.flatMap((entry) => (wasSeen(entry) ? [] : entry.id)))
      const ids = [...new Set(entries.map(({ id }) => id))]
      const [{ entries: [newest] = [], top: through, readAt } = { readAt: 0 }] = pages
      const isSeen =
        areAll && unseenIds.size === 0 && (ids.length > 0 || (newest !== undefined && wasSeen(newest)))
      const report = {
        connectionId: connection.id,
        ids: ids.filter((id) => !unseenIds.has(id)),
        ...(isSeen && newest && { upTo: newest.recorded, readAt, ...(through !== undefined && { through }) }),
      }
      const text = JSON.stringify(report)
      if ((report.ids.length === 0 && !isSeen) || lastReports.current.get(connection.id) === text) continue
      lastReports.current.set(connection.id, text)
      ask('access-log-seen', report).catch(() => undefined)
    }
  }

  useEffect(() => {
    report()
    const observer = new IntersectionObserver(
      (changes) => {
        for (const { isIntersecting, target } of changes) {
          if (!isIntersecting) continue
          observer.unobserve(target)
          for (const key of (target as HTMLElement).dataset.entry?.split('\n') ?? [])
            seenKeys.current.add(key)
        }
        report()
      },
      { threshold: 0.5 },
    )
    for (const row of list.current?.querySelectorAll('[data-entry]') ?? []) observer.observe(row)
    return () => observer.disconnect()
  }, [rows.map(keysOf).join('\n'), logs.map(({ pages }) => pages.filter(isJudged).length).join()])
}
