import { runUpdate } from '../storage/area.ts'
import { items } from '../storage/items.ts'
import type { StoredKnownLog } from '../storage/stored-log.ts'

/**
 * Reads and changes what is known of a log in one step, so that neither a second look nor a worker that ends leaves half of a change
 * behind. Writes only a real change, because every write notifies every page, and nothing about a connection that was removed.
 * Returns the new value.
 */
export const changeKnownLog = (
  connectionId: string,
  change: (known: StoredKnownLog | undefined) => StoredKnownLog | undefined,
): Promise<StoredKnownLog | undefined> =>
  runUpdate('local', async () => {
    const all = await items.knownLogs.get()
    const before = all[connectionId]
    const after = change(before)
    const isChanged = JSON.stringify(after) !== JSON.stringify(before)
    if (isChanged && after && (await items.connections.has(connectionId)))
      await items.knownLogs.set({ ...all, [connectionId]: after })
    return after
  })
