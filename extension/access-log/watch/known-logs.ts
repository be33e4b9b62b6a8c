import { runUpdate } from '../../storage/area.ts'
import { items, type StoredConnection } from '../../storage/items.ts'
import type { StoredKnownLog } from '../../storage/stored-log.ts'
import { areOfOneRecord, ownersOf } from './next-looks.ts'

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

/**
 * Returns what is known of this log over another connection to the same record, the one of the highest number: an organization that
 * names the person anew gets a new connection, and could begin another log. Only what its owner had on screen counts as seen, unless
 * the log began anew since.
 */
export const knownOverOthers = (
  connection: StoredConnection,
  connections: readonly StoredConnection[],
  logs: Readonly<Record<string, StoredKnownLog>>,
): StoredKnownLog | undefined => {
  const highest = (found: readonly StoredConnection[]) =>
    found
      .flatMap(({ id }) => (id === connection.id ? [] : (logs[id] ?? [])))
      .toSorted((a, b) => highestOf(b) - highestOf(a) || b.readUpTo - a.readUpTo)[0]
  const known = highest(connections.filter((each) => areOfOneRecord(each, connection)))
  const own = highest(ownersOf(connection, connections))
  if (!known || !own || known.beginning?.recorded !== own.beginning?.recorded) return known
  const { seen, fresh, moreSince, readThrough, readUpTo } = own
  return { ...known, ...{ seen, fresh, moreSince, readThrough, readUpTo } }
}

const highestOf = ({ places: [highest] }: StoredKnownLog): number => highest?.[0] ?? 0
