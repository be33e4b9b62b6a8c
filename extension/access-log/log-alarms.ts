import type { LogProof } from '../messages/access-log.ts'
import { items } from '../storage/items.ts'
import type { StoredLogAlarm } from '../storage/stored-log.ts'
import { toBase64 } from '../storage/vault.ts'

/** As many as a list may have. Beyond them an alarm stays until its connection is removed: not all that raised it are known. */
const mostPages = 50

/**
 * An alarm is on the toolbar until every page that raised it is proven; another page says nothing of it.
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

/** The pages that did not hold. An earlier version kept one by its address: it stands for the first. */
export const alarmedPages = ({ page, pages }: StoredLogAlarm): string[] =>
  pages ?? (page === undefined ? [] : [''])

/** An organization chooses how long an address is. */
const nameOf = async (page: string): Promise<string> => {
  if (page === '') return ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(page))
  return toBase64(new Uint8Array(digest))
}

interface Reads {
  /** Ids of own reads that the log has no entry of. */
  missing: readonly string[]
  /** Ids of own reads that a page has entries of. */
  found: readonly string[]
  /** Ids of all own reads that are still kept: nothing can be said of another. */
  kept: readonly string[]
}

/** A read that is missing is on the toolbar until its entry is found, or the read is too long ago to be kept. */
export const keepMissingReads = (connectionId: string, { missing, found, kept }: Reads): Promise<void> =>
  change(connectionId, ({ missing: before = [], ...alarm }) => {
    const all = [...new Set([...before, ...missing])].filter((id) => kept.includes(id) && !found.includes(id))
    return { ...alarm, ...(all.length > 0 && { missing: all }) }
  })

const change = async (
  connectionId: string,
  to: (alarm: StoredLogAlarm, pages: string[]) => StoredLogAlarm,
): Promise<void> => {
  await items.logAlarms.change(connectionId, (before) => {
    const alarm = to(before ?? {}, alarmedPages(before ?? {}))
    if (JSON.stringify(alarm) === JSON.stringify(before)) return before
    return Object.keys(alarm).length > 0 ? alarm : undefined
  })
  // A verdict may come after its connection was removed; nothing of it is kept then.
  if (!(await items.connections.has(connectionId))) await items.logAlarms.delete(connectionId)
}
