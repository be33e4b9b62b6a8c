import type { LogProof } from '../messages/access-log.ts'
import { items } from '../storage/items.ts'
import type { StoredLogAlarm } from '../storage/stored-log.ts'

/** An alarm is on the toolbar until the very page that raised it is proven; another page says nothing of it. */
export const keepProofAlarm = (connectionId: string, page: string, { outcome }: LogProof): Promise<void> =>
  change(connectionId, ({ page: alarmed, ...alarm }) => {
    if (outcome === 'alarm') return { ...alarm, page }
    const isOver = alarmed === undefined || (outcome === 'proven' && alarmed === page)
    return { ...alarm, ...(!isOver && { page: alarmed }) }
  })

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

const change = async (connectionId: string, to: (alarm: StoredLogAlarm) => StoredLogAlarm): Promise<void> => {
  const without = ({ [connectionId]: _over, ...others }: Record<string, StoredLogAlarm>) => others
  const { [connectionId]: before = {} } = await items.logAlarms.get()
  if (JSON.stringify(to(before)) === JSON.stringify(before)) return
  await items.logAlarms.update((all) => {
    const alarm = to(all[connectionId] ?? {})
    return Object.keys(alarm).length > 0 ? { ...without(all), [connectionId]: alarm } : without(all)
  })
  // A verdict may come after its connection was removed; nothing of it is kept then.
  if (!Object.hasOwn(await items.connections.get(), connectionId)) await items.logAlarms.update(without)
}
