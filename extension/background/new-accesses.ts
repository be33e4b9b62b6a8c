import type { Sessions } from '../auth/session.ts'
import type { AccessEntry } from '../messages/access-log.ts'
import { items } from '../storage/items.ts'

/** Since when an access is new: the newest that was on screen, or the sign-in where none was. */
export const newSince = async (connectionId: string, signedInAt: number): Promise<number> =>
  Date.parse((await items.logSeen.get())[connectionId]?.upTo ?? '') || signedInAt

/** Keeps when others had access, as the first page of a log tells it. */
export const keepNewAccesses = async (
  sessions: Sessions,
  connectionId: string,
  entries: readonly AccessEntry[],
  hasMore: boolean,
): Promise<void> => {
  const at = entries.filter(({ isNew }) => isNew).map(({ recorded }) => Date.parse(recorded))
  const more = hasMore && entries.at(-1)?.isNew === true
  await change((all) => ({
    ...without(all, connectionId),
    ...(at.length > 0 && { [connectionId]: { at, more } }),
  }))
  // The list may have been on screen, or the person signed out, meanwhile.
  await forgetSeen(connectionId)
  if (!(await sessions.find(connectionId))) await change((all) => without(all, connectionId))
}

/** The list has been on screen up to an entry: what is not above it is new no longer. */
export const forgetSeen = async (connectionId: string): Promise<void> => {
  const upTo = Date.parse((await items.logSeen.get())[connectionId]?.upTo ?? '')
  if (!upTo) return
  await change((all) => {
    const { at = [], more = false } = all[connectionId] ?? {}
    const left = at.filter((moment) => moment > upTo)
    return {
      ...without(all, connectionId),
      ...(left.length > 0 && { [connectionId]: { at: left, more: more && left.length === at.length } }),
    }
  })
}

type All = Awaited<ReturnType<typeof items.newAccesses.get>>

/** What does not change is not written: every page hears of what is. */
const change = async (to: (all: All) => All): Promise<void> => {
  const before = await items.newAccesses.get()
  if (JSON.stringify(to(before)) !== JSON.stringify(before)) await items.newAccesses.update(to)
}

const without = ({ ...all }: All, connectionId: string): All => {
  delete all[connectionId]
  return all
}
