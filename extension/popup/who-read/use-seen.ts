import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import { type LogAt, type LogRow, newIn } from './merged-log.ts'

export const keyOf = ({ connection, entry }: LogRow): string => `${connection.id} ${entry.id}`

/**
 * Reports to the worker which new accesses have been on screen, row by row, because a visible heading does not mean that the
 * rows below it were. A log counts as seen up to its newest entry once all of its new accesses were on screen.
 */
export const useSeen = (list: RefObject<HTMLElement | null>, logs: LogAt[], rows: LogRow[]): void => {
  const onScreen = useRef(new Set<string>())
  const told = useRef(new Map<string, string>())
  const latest = useRef(logs)
  latest.current = logs

  const tell = () => {
    for (const { connection, pages, ...log } of latest.current) {
      const wasSeen = (id: string) => onScreen.current.has(`${connection.id} ${id}`)
      const { ids, all } = newIn({ connection, pages, ...log })
      const newest = pages[0]?.entries[0]
      const isSeen = all && ids.every(wasSeen) && (ids.length > 0 || wasSeen(newest?.id ?? ''))
      const seen = {
        connectionId: connection.id,
        ids: ids.filter(wasSeen),
        ...(isSeen && newest && { upTo: newest.recorded }),
      }
      const text = JSON.stringify(seen)
      if ((seen.ids.length === 0 && !isSeen) || told.current.get(connection.id) === text) continue
      told.current.set(connection.id, text)
      ask('access-log-seen', seen).catch(() => undefined)
    }
  }

  useEffect(() => {
    tell()
    const observer = new IntersectionObserver(
      (changes) => {
        for (const { isIntersecting, target } of changes) {
          if (!isIntersecting) continue
          observer.unobserve(target)
          onScreen.current.add((target as HTMLElement).dataset.entry ?? '')
        }
        tell()
      },
      { threshold: 0.5 },
    )
    for (const row of list.current?.querySelectorAll('[data-entry]') ?? []) observer.observe(row)
    return () => observer.disconnect()
  }, [rows.map(keyOf).join('\n')])
}
