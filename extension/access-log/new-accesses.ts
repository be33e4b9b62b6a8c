import type { Sessions } from '../auth/session.ts'
import type { AccessEntry } from '../messages/access-log.ts'
import { items } from '../storage/items.ts'
import type { LogSeen, NewAccesses } from '../storage/stored-log.ts'

/** The most accesses that are counted. A request asks for 50, and an organization that sends more does not raise the count. */
const mostCounted = 50
/** The most ids that are kept: those of new accesses that were on screen before the whole list was. */
const mostIds = 200

/** How far a log has been on screen. */
export interface SeenMark {
  /** Entries recorded after this are new; milliseconds since 1970. */
  since: number
  /** Ids of new accesses that have been on screen. */
  ids: readonly string[]
}

/**
 * Returns how far a log has been on screen. If it never was, this is the time of the first sign-in; later sign-ins do not move
 * it.
 */
export const findSeen = async (connectionId: string, signedInAt: number): Promise<SeenMark> => {
  const logSeen = await items.logSeen.find(connectionId)
  if (logSeen) return { since: Date.parse(logSeen.upTo), ids: logSeen.ids ?? [] }
  const upTo = new Date(signedInAt).toISOString()
  if (await items.connections.has(connectionId))
    await items.logSeen.change(connectionId, (logSeen) => logSeen ?? { upTo })
  return { since: signedInAt, ids: [] }
}

/** Marks new accesses as seen: those with these `ids` and, with `upTo`, every entry recorded up to then. */
export const markSeen = async (
  connectionId: string,
  { ids, upTo }: { ids: readonly string[]; upTo?: string | undefined },
): Promise<void> => {
  await items.logSeen.change(connectionId, (before) => advanceSeen(before, ids, upTo))
  await dropSeenAccesses(connectionId, upTo !== undefined)
}

/** Moves the mark forward, but never past now: an entry dated in the future must not hide those that are written until then. */
const advanceSeen = (
  before: LogSeen | undefined,
  ids: readonly string[],
  upTo: string | undefined,
): LogSeen => {
  const now = Date.now()
  const since = Date.parse(before?.upTo ?? '') || 0
  const furthest = upTo === undefined ? since : Math.max(since, Math.min(Date.parse(upTo) || 0, now))
  const at = upTo === undefined ? before?.at : now
  return {
    upTo: new Date(furthest).toISOString(),
    ...(at !== undefined && { at }),
    ids: [...new Set([...(before?.ids ?? []), ...ids])].slice(-mostIds),
  }
}

/**
 * Stores the new accesses by others among the entries of a log's first page. Those of earlier looks that lie further down stay,
 * because the person's own reads push them off that page without anybody having seen them.
 */
export const keepNewAccesses = async (
  sessions: Sessions,
  connectionId: string,
  entries: readonly AccessEntry[],
  hasMore: boolean,
): Promise<void> => {
  const onPage = entries.flatMap(({ id, recorded, isNew }) => (isNew ? { id, at: Date.parse(recorded) } : []))
  const oldest = Math.min(...entries.map(({ recorded }) => Date.parse(recorded) || 0))
  await change(connectionId, (before) => {
    const below = hasMore ? (before?.found.filter(({ at }) => at < oldest) ?? []) : []
    const found = [...onPage, ...below]
    const more =
      (hasMore && (entries.at(-1)?.isNew === true || before?.more === true)) || found.length > mostCounted
    return found.length > 0 || more ? { found: found.slice(0, mostCounted), more } : undefined
  })
  // Meanwhile the list may have been on screen, or the person may have signed out.
  await dropSeenAccesses(connectionId)
  if (!(await sessions.find(connectionId))) await items.newAccesses.delete(connectionId)
}

/** Drops accesses that have been on screen. `more` stays while there may be unseen ones beyond the page that was read. */
const dropSeenAccesses = async (connectionId: string, all = false): Promise<void> => {
  const { upTo, ids = [] } = (await items.logSeen.find(connectionId)) ?? {}
  const since = Date.parse(upTo ?? '') || 0
  await change(connectionId, ({ found, more } = { found: [], more: false }) => {
    const unseen = found.filter(({ id, at }) => at > since && !ids.includes(id))
    const mayBeMore = more && !all && !found.some(({ at }) => at <= since)
    return unseen.length > 0 || mayBeMore ? { found: unseen, more: mayBeMore } : undefined
  })
}

/** Returns the count; with `more`, there are at least so many. */
export const countOf = ({ found, more }: NewAccesses): { count: number; more: boolean } => ({
  count: Math.max(found.length, more ? 1 : 0),
  more,
})

/** Writes only a real change, because every write notifies every page. */
const change = (
  connectionId: string,
  update: (before: NewAccesses | undefined) => NewAccesses | undefined,
): Promise<unknown> =>
  items.newAccesses.change(connectionId, (before) => {
    const after = update(before)
    return JSON.stringify(after) === JSON.stringify(before) ? before : after
  })
