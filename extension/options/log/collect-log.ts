import type { AccessEntry, AccessPage } from '../../messages/log-entries.ts'

/** The most entries in one file. */
export const mostEntries = 2000
/** The most pages to read, because an organization may send few entries on each. */
const mostPages = 200

export interface CollectedLog {
  entries: AccessEntry[]
  /** `full`: there are more entries than fit in one file. `unfinished`: the organization did not send the whole list. */
  cut?: 'full' | 'unfinished'
}

/**
 * Collects the pages of an access log, newest first.
 *
 * @param readPage returns the page at `next`, or the first page without it.
 */
export const collectLog = async (readPage: (next?: string) => Promise<AccessPage>): Promise<CollectedLog> => {
  const entries: AccessEntry[] = []
  const links = new Set<string>()
  for (let next: string | undefined; ; ) {
    const page = await readPage(next)
    entries.push(...page.entries)
    next = page.next
    const isMore = next !== undefined
    if (entries.length > mostEntries || (isMore && entries.length === mostEntries))
      return { entries: entries.slice(0, mostEntries), cut: 'full' }
    if (page.warning || (next !== undefined && (links.has(next) || links.size >= mostPages)))
      return { entries, cut: 'unfinished' }
    if (next === undefined) return { entries }
    links.add(next)
  }
}
