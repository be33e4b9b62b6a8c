import type { StoredKnownLog as KnownLog } from '../storage/stored-log.ts'
import { isFromBefore, mayBeginAnew, oldestOf, type PageRead } from './page-read.ts'

const mostFresh = 200
const mostIds = 500

/** Adds the new accesses of a page, and drops those whose number now says that they are older. */
export const withFresh = (known: KnownLog, page: PageRead): KnownLog => {
  const { numbers, proof } = page.result
  const found = new Map(newOn(page, known).map((entry) => [entry.id, entry]))
  const isOld = (id: string) =>
    proof.outcome === 'proven' && !beginsAnew(page, known) && numbers?.has(id) && !found.has(id)
  const before = known.fresh
    .filter(({ id }) => !isOld(id))
    .map((entry) => ({
      ...entry,
      ...found.get(entry.id),
      number: found.get(entry.id)?.number ?? entry.number,
    }))
  const beforeIds = new Set(before.map(({ id }) => id))
  const added = [...found.values()].filter(({ id }) => !beforeIds.has(id))
  const fresh = [...before, ...added.map((entry) => ({ ...entry, since: page.readAt }))]
  const hasMore = known.hasMore || fresh.length > mostFresh || undefined
  return { ...known, fresh: fresh.slice(0, mostFresh), hasMore }
}

/**
 * Returns the new accesses of a page. The numbers of a list that fails a check, or that may have begun again, say only that an access
 * is new, never that it is old.
 */
export const newOn = (page: PageRead, known: KnownLog): Omit<KnownLog['fresh'][number], 'since'>[] => {
  const { numbers, proof } = page.result
  const isAnew = beginsAnew(page, known)
  const isDoubtful = isAnew || proof.outcome === 'alarm'
  return page.entries.flatMap(({ id, at, isNews, text }) => {
    const number = numbers?.get(id)
    const isNew =
      isUnseen(known, { id, at, number, text }) || (isDoubtful && isUnseen(known, { id, at, text }))
    // A proof binds an id to its text. A log without proofs binds nothing.
    const isBound = number !== undefined || proof.outcome === 'unprovable'
    return isNews && isNew
      ? [{ id, at, number: isAnew ? undefined : number, text: isBound ? undefined : text }]
      : []
  })
}

/** Checks whether the numbers of a page are from after a new beginning, or may be. */
const beginsAnew = (page: PageRead, known: KnownLog): boolean => {
  const beginning = page.result.listed?.newBeginning
  return mayBeginAnew(page) || (beginning !== undefined && isFromBefore(known, beginning))
}

interface Named {
  id: string
  text?: string | undefined
}

/** Names an access: by its id once that is proven, until then by its text as well. No id contains a line break (`entryIdOf`). */
const nameOf = ({ id, text }: Named): string => (text === undefined ? id : `${id}\n${text}`)

const wasOnScreen = (seenIds: readonly string[], entry: Named): boolean =>
  seenIds.includes(entry.id) || seenIds.includes(nameOf(entry))

/**
 * Checks whether an entry has not been on screen: by its number if it has one, because whoever appends an entry chooses its date. An
 * entry that is dated in the future is unseen until then, unless its own line was on screen.
 */
export const isUnseen = (
  { seen, waiting }: KnownLog,
  { at, number, ...entry }: Named & { at: number; number?: number | undefined },
): boolean =>
  !wasOnScreen(seen.ids, entry) &&
  (hasOtherText(waiting, entry) ||
    (number !== undefined && seen.through !== undefined ? number > seen.through : !(at <= seen.upTo)))

/** Checks whether an entry was listed with another text, which may have moved the marks. What is proven with the same text waits no more. */
const hasOtherText = (waiting: KnownLog['waiting'], { id, text }: Named): boolean =>
  waiting.some((each) => each.id === id && each.text !== text)

/** Checks whether all new accesses are on a list down to this page. */
export const areOnList = ({ fresh, hasMore, seen }: KnownLog, page: PageRead): boolean => {
  const lowest = page.result.listed?.shown?.tail.at(-1)?.[0]
  const oldest = oldestOf(page)
  const mark = { at: seen.upTo, number: seen.through === undefined ? undefined : seen.through + 1 }
  const isOn = ({ number, at }: Pick<KnownLog['fresh'][number], 'number' | 'at'>) =>
    lowest === undefined || number === undefined ? at > oldest : number >= lowest
  return page.isLast || [...fresh, ...(hasMore ? [mark] : [])].every(isOn)
}

/** What a page of the extension reports to have been on screen. */
export interface SeenReport {
  /** Ids of new accesses. */
  ids: readonly string[]
  /** Set once all new accesses of a list were on screen: its highest number, its newest date, and when it was read. */
  through?: number | undefined
  upTo?: string | undefined
  readAt?: number | undefined
}

/**
 * Moves the mark forward, but past no access that was not on screen, and not past now: then later ones would be hidden. An access
 * without a number that an organization no longer lists will never be on screen.
 */
export const markSeen = (known: KnownLog, report: SeenReport, now: number): KnownLog => {
  const { readThrough = 0, fresh, seen } = known
  const ids = [...new Set([...seen.ids, ...namesIn(report, known)])].slice(-mostIds)
  const { readAt = 0 } = report
  const isGone = ({ number, since }: KnownLog['fresh'][number]) => number === undefined && since < readAt
  const unseen = fresh.filter((entry) => !wasOnScreen(ids, entry) && !isGone(entry))
  const through = Math.min(
    report.through ?? 0,
    readThrough,
    ...unseen.map(({ number }) => (number ?? Number.POSITIVE_INFINITY) - 1),
  )
  const isAll = report.upTo !== undefined
  const upTo = Math.min(Date.parse(report.upTo ?? '') || 0, now, ...unseen.map(({ at }) => at - 1))
  const after = {
    ...known,
    seen: {
      ids,
      lowestNew: seen.lowestNew,
      through: seen.through === undefined ? undefined : Math.max(seen.through, through),
      upTo: Math.max(seen.upTo, upTo || 0),
      at: isAll ? now : seen.at,
    },
    hasMore: isAll ? undefined : known.hasMore,
  }
  return { ...after, fresh: unseen.filter((entry) => isUnseen(after, entry)) }
}

/** Names the reported accesses that are fresh. Without the text of any other, its id would make every text under it seen. */
const namesIn = ({ ids }: SeenReport, { fresh }: KnownLog): string[] =>
  fresh.flatMap((entry) => (ids.includes(entry.id) ? nameOf(entry) : []))

/** Returns the number of new accesses; with `more`, there are at least so many. Undefined if none is known. */
export const newAccessesOf = (known: KnownLog): { count: number; more: boolean } | undefined => {
  const { fresh, hasMore = false, isBehind } = known
  const count = Math.max(fresh.length, hasMore ? 1 : 0)
  return count === 0 ? undefined : { count, more: hasMore || isBehind === true }
}
