import type { Sessions } from '../auth/session.ts'
import type { AccessEntry } from '../messages/access-log.ts'
import { items } from '../storage/items.ts'
import type { LogSeen, NewAccesses } from '../storage/stored-log.ts'

/** A page asks for 50; one that gives more does not count for more. */
const mostCounted = 50
/** New accesses that were on screen before all of them were. */
const mostIds = 200

/** How far somebody has looked at a log. */
export interface Seen {
  /** Milliseconds since 1970: what was recorded after it is new. */
  since: number
  /** Ids of new accesses that have been on screen. */
  ids: readonly string[]
}

/**
 * How far a log has been on screen; before it ever was, from the first sign-in on, however often the person signs in again.
 */
export const seenOf = async (connectionId: string, signedInAt: number): Promise<Seen> => {
  const known = await items.logSeen.find(connectionId)
  if (known) return { since: Date.parse(known.upTo), ids: known.ids ?? [] }
  const upTo = new Date(signedInAt).toISOString()
  if (await items.connections.has(connectionId))
    await items.logSeen.change(connectionId, (seen) => seen ?? { upTo })
  return { since: signedInAt, ids: [] }
}

/** `ids` have been on screen; with `upTo`, everything up to the entry recorded then. */
export const markSeen = async (
  connectionId: string,
  { ids, upTo }: { ids: readonly string[]; upTo?: string | undefined },
): Promise<void> => {
  await items.logSeen.change(connectionId, (before) => seenFurther(before, ids, upTo))
  await forgetSeen(connectionId, upTo !== undefined)
}

/** An entry that is dated in a time to come hides none that is written until then: it counts as of now. */
const seenFurther = (
  before: LogSeen | undefined,
  ids: readonly string[],
  upTo: string | undefined,
): LogSeen => {
  const now = Date.now()
  const since = Date.parse(before?.upTo ?? '') || 0
  const reached = upTo === undefined ? since : Math.max(since, Math.min(Date.parse(upTo) || 0, now))
  const at = upTo === undefined ? before?.at : now
  return {
    upTo: new Date(reached).toISOString(),
    ...(at !== undefined && { at }),
    ids: [...new Set([...(before?.ids ?? []), ...ids])].slice(-mostIds),
  }
}

/** Keeps which accesses by others are new and were not on screen, as the first page of a log tells it. */
export const keepNewAccesses = async (
  sessions: Sessions,
  connectionId: string,
  entries: readonly AccessEntry[],
  hasMore: boolean,
): Promise<void> => {
  const found = entries.flatMap(({ id, recorded, isNew }) => (isNew ? { id, at: Date.parse(recorded) } : []))
  const more = (hasMore && entries.at(-1)?.isNew === true) || found.length > mostCounted
  await change(connectionId, () =>
    found.length > 0 ? { found: found.slice(0, mostCounted), more } : undefined,
  )
  // The list may have been on screen, or the person signed out, meanwhile.
  await forgetSeen(connectionId)
  if (!(await sessions.find(connectionId))) await items.newAccesses.delete(connectionId)
}

/** What has been on screen is new no longer. Beyond the page that was looked at there may be others, until all was. */
const forgetSeen = async (connectionId: string, all = false): Promise<void> => {
  const { upTo, ids = [] } = (await items.logSeen.find(connectionId)) ?? {}
  const since = Date.parse(upTo ?? '') || 0
  await change(connectionId, ({ found, more } = { found: [], more: false }) => {
    const left = found.filter(({ id, at }) => at > since && !ids.includes(id))
    const mayBeMore = more && !all && !found.some(({ at }) => at <= since)
    return left.length > 0 || mayBeMore ? { found: left, more: mayBeMore } : undefined
  })
}

/** `more`: at least so many. */
export const countOf = ({ found, more }: NewAccesses): { count: number; more: boolean } => ({
  count: Math.max(found.length, more ? 1 : 0),
  more,
})

/** What does not change is not written: every page hears of what is. */
const change = (
  connectionId: string,
  to: (before: NewAccesses | undefined) => NewAccesses | undefined,
): Promise<unknown> =>
  items.newAccesses.change(connectionId, (before) => {
    const after = to(before)
    return JSON.stringify(after) === JSON.stringify(before) ? before : after
  })
