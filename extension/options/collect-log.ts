import type { AccessEntry, AccessPage } from '../messages/access-log.ts'

/** Entries of one file. */
export const mostEntries = 2000
/** However few entries an organization gives on each. */
const mostPages = 200

export interface CollectedLog {
  entries: AccessEntry[]
  /** More are there than one file takes, or the organization did not give the list to its end. */
  cut?: 'full' | 'unfinished'
}

/** All pages of an access log, from the newest on. @param read the page that `next` stands for; the first without. */
export const collectLog = async (read: (next?: string) => Promise<AccessPage>): Promise<CollectedLog> => {
  const entries: AccessEntry[] = []
  const asked = new Set<string>()
  for (let next: string | undefined; ; ) {
    const page = await read(next)
    entries.push(...page.entries)
    next = page.next
    const isMore = next !== undefined
    if (entries.length > mostEntries || (isMore && entries.length === mostEntries))
      return { entries: entries.slice(0, mostEntries), cut: 'full' }
    if (page.warning || (next !== undefined && (asked.has(next) || asked.size >= mostPages)))
      return { entries, cut: 'unfinished' }
    if (next === undefined) return { entries }
    asked.add(next)
  }
}
