import type { NewAccesses } from '../../messages/state.ts'
import type { StoredKnownLog as KnownLog } from '../../storage/stored-log.ts'
import { isFromBefore, mayBeginAnew, oldestOf, type PageRead } from '../own/page-read.ts'

const mostFresh = 200
/** How many are kept one by one. Nobody looks through so many; after more, the first ones would be announced again. */
const mostSeen = 2000

/** Adds the new accesses of a page, and drops those whose number now says that they are older; while an alarm stands, it says nothing. */
export const withFresh = (known: KnownLog, page: PageRead): KnownLog => {
  const { numbers, proof } = page.result
  const isSound = proof.outcome === 'proven' && known.alarms.length === 0 && !beginsAnew(page, known)
  const found = newOn(page, known)
  const listed = page.entries.map((entry) => ({ ...entry, number: numbers?.get(entry.id) }))
  const isOld = (entry: NewAccess) =>
    isSound &&
    !found.some((each) => isSame(each, entry)) &&
    listed.some((each) => each.number !== undefined && isSame(each, entry))
  const before = known.fresh
    .filter((entry) => !isOld(entry))
    .map((entry) => {
      const { number, ...again } = found.find((each) => isSame(each, entry)) ?? entry
      return { ...entry, ...again, number: number ?? entry.number }
    })
  const added = found.filter((entry) => !before.some((each) => isSame(each, entry)))
  const fresh = [...before, ...added.map((entry) => ({ ...entry, since: page.readAt }))]
  const moreSince = fresh.length > mostFresh ? page.readAt : known.moreSince
  return { ...known, fresh: fresh.slice(0, mostFresh), moreSince }
}

/**
 * Returns the new accesses of a page. The numbers of a list that fails a check, or that may have begun again, say only that an access
 * is new, never that it is old. An erasure is new if it lies behind all that is known, whatever its date, because whoever erases chooses that.
 */
export const newOn = (page: PageRead, known: KnownLog): NewAccess[] => {
  const { numbers, proof, listed } = page.result
  const isAnew = beginsAnew(page, known)
  const isDoubtful = isAnew || proof.outcome === 'alarm'
  return page.entries.flatMap(({ id, at, isNews, text, isErasure }) => {
    const number = numbers?.get(id)
    const isNewByNumber = isUnseen(known, { id, at, number, text })
    const [, index = 0] = listed?.places.find(([each]) => each === number) ?? []
    const isBehind = known.places.length > 0 && known.places.every(([, each]) => each < index)
    const isLater = isErasure && isBehind && !wasOnScreen(known.seen.accesses, { id, text })
    const isNew = isNewByNumber || isLater || (isDoubtful && isUnseen(known, { id, at, text }))
    // A log without proofs binds nothing to an id.
    const bound = proof.outcome === 'unprovable' ? undefined : text
    // A number that would say later that the access is old is not kept.
    return isNews && isNew
      ? [
          {
            ...{ id, at, number: isNewByNumber && !isAnew ? number : undefined, text: bound },
            ...(isErasure && { isErasure }),
          },
        ]
      : []
  })
}

/** Checks whether the numbers of a page are from after a new beginning, or may be. */
const beginsAnew = (page: PageRead, known: KnownLog): boolean => {
  const beginning = page.result.listed?.newBeginning
  return mayBeginAnew(page) || (beginning !== undefined && isFromBefore(known, beginning))
}

type NewAccess = Omit<KnownLog['fresh'][number], 'since'>
type Named = KnownLog['seen']['accesses'][number]

/**
 * Checks whether two are the same access: by the number that a proof gives it, or by its text. An organization may give one id to
 * several. An erasure changes the text, and an erased entry has a number.
 */
const isSame = (a: Named, b: Named): boolean => {
  if (a.id !== b.id) return false
  if (a.number !== undefined && b.number !== undefined) return a.number === b.number
  if (a.text !== undefined && b.text !== undefined) return a.text === b.text
  return a.number === undefined && b.number === undefined
}

const wasOnScreen = (seen: readonly Named[], entry: Named): boolean =>
  seen.some((each) => isSame(each, entry))

/**
 * Checks whether an entry has not been on screen: by its number if it has one, because whoever appends an entry chooses its date. As long
 * as no whole list was read, its date may say that it is new as well. An entry that is dated in the future is unseen until then, unless
 * its own line was on screen.
 */
export const isUnseen = ({ seen, waiting }: KnownLog, { at, ...entry }: NewAccess): boolean =>
  !wasOnScreen(seen.accesses, entry) &&
  (hasOtherText(waiting, entry) ||
    (seen.through !== undefined && entry.number !== undefined
      ? entry.number > seen.through
      : !(at <= seen.upTo) || (entry.number ?? 0) >= (seen.lowestNew ?? Number.POSITIVE_INFINITY)))

/** Checks whether an entry was listed with another text, which may have moved the marks. What is proven with the same text waits no more. */
const hasOtherText = (waiting: KnownLog['waiting'], { id, text }: Named): boolean =>
  waiting.some((each) => each.id === id && each.text !== text)

/** Checks whether all new accesses are on a list down to this page. */
export const areOnList = ({ fresh, moreSince, seen }: KnownLog, page: PageRead): boolean => {
  const lowest = page.result.listed?.shown?.tail.at(-1)?.[0]
  const oldest = oldestOf(page)
  const mark = { at: seen.upTo, number: seen.through === undefined ? undefined : seen.through + 1 }
  const isOn = ({ number, at }: Pick<KnownLog['fresh'][number], 'number' | 'at'>) =>
    lowest === undefined || number === undefined ? at > oldest : number >= lowest
  return page.isLast || [...fresh, ...(moreSince === undefined ? [] : [mark])].every(isOn)
}

/** What a page of the extension reports to have been on screen. */
interface SeenReport {
  /** Ids of new accesses. */
  ids: readonly string[]
  /** Set once all new accesses of a list were on screen: its highest number, its newest date, and when it was read. */
  through?: number | undefined
  upTo?: string | undefined
  readAt?: number | undefined
}

/**
 * Moves the mark forward, but past no access that was not on screen, and not past now: then later ones would be hidden. An access
 * that a log without proofs no longer lists will never be on screen; in a proven log, its absence is an alarm.
 */
export const markSeen = (known: KnownLog, report: SeenReport, now: number): KnownLog => {
  const { places, readThrough, fresh, seen, moreSince = 0 } = known
  const all = [...seen.accesses, ...reportedOf(report, known)]
  const { readAt = 0 } = report
  const isGone = ({ number, since }: KnownLog['fresh'][number]) =>
    places.length === 0 && number === undefined && since < readAt
  const unseen = fresh.filter((entry) => !wasOnScreen(all, entry) && !isGone(entry))
  const lowestUnseen = Math.min(...unseen.map(({ number = Number.POSITIVE_INFINITY }) => number))
  // Of a part of the log, no number says which others were listed.
  const through = Math.min(report.through ?? 0, readThrough ?? 0, lowestUnseen - 1)
  const isAll = report.upTo !== undefined
  const upTo = Math.min(Date.parse(report.upTo ?? '') || 0, now, ...unseen.map(({ at }) => at - 1))
  const after = {
    ...known,
    seen: {
      ...seen,
      accesses: all.slice(-mostSeen),
      through: Math.max(seen.through ?? 0, through) || seen.through,
      upTo: Math.max(seen.upTo, upTo || 0),
      at: isAll ? now : seen.at,
    },
    // A list that was read before shows none of them.
    moreSince: isAll && readAt >= moreSince ? undefined : known.moreSince,
  }
  return { ...after, fresh: unseen.filter((entry) => entry.isErasure || isUnseen(after, entry)) }
}

/** Returns the new accesses that a page reports. Of several with one id, nobody can tell which was on screen. */
const reportedOf = ({ ids }: SeenReport, { fresh }: KnownLog): Named[] =>
  fresh
    .filter(({ id }) => ids.includes(id) && fresh.filter((each) => each.id === id).length === 1)
    .map(({ id, number, text, isErasure }) => ({ id, number, text, ...(isErasure && { isErasure }) }))

/** Drops the new accesses that another log of the same record announces too, or that were on screen there. */
export const withoutKnown = (
  known: KnownLog,
  { announced, seen }: { announced: readonly KnownLog[]; seen: readonly KnownLog[] },
): KnownLog => ({
  ...known,
  fresh: known.fresh.filter(
    (entry) =>
      !announced.some(({ fresh }) => fresh.some((each) => isSame(each, entry))) &&
      !seen.some((other) => wasOnScreen(other.seen.accesses, entry)),
  ),
})

/**
 * Returns the number of new accesses; with `more`, there are at least so many, and maybe none while the list was not read down to what
 * was known, whatever ended that. Undefined if there are none, and no new erasures.
 */
export const newAccessesOf = ({ fresh, moreSince, isBehind }: KnownLog): NewAccesses | undefined => {
  const erasures = fresh.filter(({ isErasure }) => isErasure).length
  const count = Math.max(fresh.length - erasures, moreSince === undefined ? 0 : 1)
  const more = moreSince !== undefined || isBehind === true
  return count + erasures > 0 || more ? { count, more, ...(erasures > 0 && { erasures }) } : undefined
}
