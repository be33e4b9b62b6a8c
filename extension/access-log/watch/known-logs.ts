import { isFull, runUpdate } from '../../storage/area.ts'
import { items, type StoredConnection } from '../../storage/items.ts'
import type { StoredKnownLog } from '../../storage/stored-log.ts'
import { beginKnownLog } from './known-log.ts'
import { areOfOneRecord, ownersOf } from './next-looks.ts'

/** Bytes. All logs together take half of what a browser stores for an extension, 10 MB, and one organization a tenth of that. */
const mostOfAll = 5_000_000
const mostOfOne = 500_000

/** Returns what is known of every log, by connection id, also what storage had no room for. */
export const findKnownLogs = async (): Promise<Record<string, StoredKnownLog>> => ({
  ...(await items.knownLogs.get()),
  ...(await items.unstoredLogs.get()),
})

/**
 * Reads and changes what is known of a log in one step, so that neither a second look nor a worker that ends leaves half of a change
 * behind. Writes only a real change, because every write notifies every page, and nothing about a connection that was removed. What
 * storage has no room for stays in memory, which outlives the worker: an access that was found is announced all the same. Returns the
 * new value.
 */
export const changeKnownLog = (
  connectionId: string,
  change: (known: StoredKnownLog | undefined) => StoredKnownLog | undefined,
): Promise<StoredKnownLog | undefined> =>
  runUpdate('local', async () => {
    const stored = await items.knownLogs.get()
    const unstored = await items.unstoredLogs.get()
    const all = { ...stored, ...unstored }
    const before = all[connectionId]
    const changed = change(before)
    const isToWrite = connectionId in unstored || JSON.stringify(changed) !== JSON.stringify(before)
    const connections = await items.connections.get()
    if (!isToWrite || !changed || !connections[connectionId]) return changed
    const after = withinRoom(changed, before, roomFor(connectionId, connections, all))
    try {
      await items.knownLogs.set({ ...stored, [connectionId]: after })
      await items.unstoredLogs.delete(connectionId)
    } catch (error) {
      if (!isFull(error)) throw error
      await items.unstoredLogs.put(connectionId, after)
    }
    return after
  })

/** Returns how many bytes a log may take, beside its organization's others. An organization chooses how long most of its texts are. */
const roomFor = (
  connectionId: string,
  connections: Readonly<Record<string, StoredConnection>>,
  logs: Readonly<Record<string, StoredKnownLog>>,
): number => {
  const organizations = new Set(Object.values(connections).map(({ providerId }) => providerId))
  const others = Object.entries(logs).filter(
    ([id]) => id !== connectionId && connections[id]?.providerId === connections[connectionId]?.providerId,
  )
  return Math.min(mostOfOne, mostOfAll / organizations.size) - sizeOf(others)
}

/**
 * Returns a changed log as it may be stored: above the room that it has, without the place where the next look goes on, and without the
 * accesses whose numbers alone say that they were on screen. If that is still too much, it stays as it was, but for what raises alarms,
 * and counts as not read. A log that has not grown may always be stored.
 */
const withinRoom = (
  after: StoredKnownLog,
  before: StoredKnownLog = beginKnownLog(0),
  room: number,
): StoredKnownLog => {
  if (sizeOf(after) <= room) return after
  const { through = 0, accesses } = after.seen
  const isNeeded = ({ number, isErasure }: (typeof accesses)[number]) =>
    isErasure || number === undefined || number > through
  const cut = { ...after, resume: undefined, seen: { ...after.seen, accesses: accesses.filter(isNeeded) } }
  if (sizeOf(cut) <= Math.max(room, sizeOf({ ...before, resume: undefined }))) return cut
  const { alarms, alarmedUpTo, failures, completeness, missingReads, lostReads } = after
  const raised = { alarms, alarmedUpTo, failures, completeness, missingReads, lostReads }
  return { ...before, ...raised, resume: undefined, isBehind: true }
}

/** Returns the most bytes that a value takes: browsers write some characters as six. */
const sizeOf = (value: unknown): number => JSON.stringify(value).replace(/[^\x20-\x7e]|</g, '\\u0000').length

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
  const found = highest(connections.filter((each) => areOfOneRecord(each, connection)))
  // The place to read on from belongs to another list.
  const known = found && { ...found, resume: undefined }
  const own = highest(ownersOf(connection, connections))
  if (!known || !own || known.beginning?.recorded !== own.beginning?.recorded) return known
  const { seen, fresh, moreSince, readThrough, readUpTo } = own
  return { ...known, ...{ seen, fresh, moreSince, readThrough, readUpTo } }
}

const highestOf = ({ places: [highest] }: StoredKnownLog): number => highest?.[0] ?? 0
