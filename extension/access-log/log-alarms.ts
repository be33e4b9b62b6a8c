import type { LogProof } from '../messages/access-log.ts'
import { items } from '../storage/items.ts'
import type { StoredLogAlarm } from '../storage/stored-log.ts'
import { toBase64 } from '../storage/vault.ts'

/**
 * The most pages that are stored, as many as a list may have. An alarm with that many stays until its connection is removed,
 * because further pages may have raised it too.
 */
const mostPages = 50

/**
 * Stores or clears a page's alarm. It stays on the toolbar until every page that raised it is proven; other pages do not clear
 * it.
 *
 * @param page its address, or the filter; empty for the first.
 */
export const keepProofAlarm = async (
  connectionId: string,
  page: string,
  { outcome }: LogProof,
): Promise<void> => {
  const name = await nameOf(page)
  await change(connectionId, ({ page: _earlier, pages: _before, ...others }, before) => {
    const after =
      outcome === 'alarm'
        ? [...new Set([...before, name])].slice(0, mostPages)
        : before.filter((each) => each !== name || outcome !== 'proven' || before.length >= mostPages)
    return { ...others, ...(after.length > 0 && { pages: after }) }
  })
}

/** Returns the pages that failed. An earlier version stored the address of one page; it counts as the first page. */
export const alarmedPages = ({ page, pages }: StoredLogAlarm): string[] =>
  pages ?? (page === undefined ? [] : [''])

/** Names a page by a hash, because an organization chooses how long its addresses are. */
const nameOf = async (page: string): Promise<string> => {
  if (page === '') return ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(page))
  return toBase64(new Uint8Array(digest))
}

interface OwnReadResults {
  /** Ids of own reads that the log has no entry of. */
  missing: readonly string[]
  /** Ids of own reads that a page has entries of. */
  found: readonly string[]
  /** Ids of all own reads that are still in the journal; no other read can be judged. */
  journaled: readonly string[]
}

/**
 * Stores which own reads the log lacks. Each stays on the toolbar until its entry is found or the journal no longer keeps the
 * read.
 */
export const keepMissingReads = (
  connectionId: string,
  { missing, found, journaled }: OwnReadResults,
): Promise<void> =>
  change(connectionId, ({ missing: before = [], ...alarm }) => {
    const all = [...new Set([...before, ...missing])].filter(
      (id) => journaled.includes(id) && !found.includes(id),
    )
    return { ...alarm, ...(all.length > 0 && { missing: all }) }
  })

const change = async (
  connectionId: string,
  update: (alarm: StoredLogAlarm, pages: string[]) => StoredLogAlarm,
): Promise<void> => {
  await items.logAlarms.change(connectionId, (before) => {
    const alarm = update(before ?? {}, alarmedPages(before ?? {}))
    if (JSON.stringify(alarm) === JSON.stringify(before)) return before
    return Object.keys(alarm).length > 0 ? alarm : undefined
  })
  // The connection may have been removed before the verdict came. Then nothing about it is stored.
  if (!(await items.connections.has(connectionId))) await items.logAlarms.delete(connectionId)
}
