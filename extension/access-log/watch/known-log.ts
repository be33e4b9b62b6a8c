import type { Code, Problem } from '../../messages/errors.ts'
import type { ErasedEntry, LogProof } from '../../messages/log-entries.ts'
import type { StoredKnownLog as KnownLog } from '../../storage/stored-log.ts'
import type { LogPosition } from '../own/log-position.ts'
import { isDownTo, isFromBefore, mayBeginAnew, type PageRead } from '../own/page-read.ts'
import { hasPassedKnown, rangeOf, type Shown } from '../proof/entry-counts.ts'
import { clockSlack } from '../proof/entry-order.ts'
import type { ListedPage } from '../proof/list-page.ts'
import { forgetErased } from '../proof/log-erasure.ts'
import { mostWaiting } from '../proof/waiting-entries.ts'
import { areOnList, newAccessesOf, withFresh } from './find-new.ts'

const mostPlaces = 500
const mostAlarms = 50
/** Looks in a row without proofs, after which a log that was proven before raises an alarm. */
const mostFailures = 3

/** What is known of a log before the first look. @param since when the person first signed in; milliseconds since 1970. */
export const beginKnownLog = (since: number): KnownLog => ({
  places: [],
  waiting: [],
  readUpTo: since,
  seen: { since, upTo: since, accesses: [] },
  fresh: [],
  failures: 0,
  alarms: [],
  missingReads: [],
})

export interface ReadResult {
  known: KnownLog
  /** The verdict on the list down to this page. */
  proof: LogProof
  /** Everything down to what was known before has been read. */
  isReached: boolean
  /** All new accesses are on this list. */
  hasFresh: boolean
}

/** Adds a page to what is known, and judges the list. */
export const readPage = (before: KnownLog, page: PageRead): ReadResult => {
  const { name, isCut, isWatched, why } = page
  const read = withListed(before, page)
  const shown = page.result.listed?.shown
  const isReached = hasReachedKnown(read, page, before)
  const isWhole = isReached && !isCut && shown !== undefined && !shown.isUnsure
  const isWithheld = isProofWithheld(read, page, isReached)
  const failures = failuresAfter(before, page, isReached, isWithheld)
  const proof = verdictOf({ ...before, failures, beginning: read.beginning }, page, isWhole, isWithheld)
  const isProven = proof.outcome === 'complete' || proof.outcome === 'genuine'
  const isDown = name !== '' || isReached || (!shown && !isWatched)
  const isCleared = isProven && isDown && !isCut && !hasOpenNumbers(page)
  const known: KnownLog = {
    ...(isWatched ? withFresh(read, page) : read),
    failures,
    readUpTo: isReached ? Math.max(read.readUpTo, page.newestAt) : read.readUpTo,
    isBehind: isWatched ? !isReached || undefined : before.isBehind,
    resume: resumeAfter(read, page, isReached),
    completeness:
      proof.outcome === 'complete' ? 'complete' : why === 'scope' ? lost(before) : before.completeness,
    ...(isCleared ? withoutAlarm(read, page) : withAlarm(read, page, proof)),
  }
  const isDoubted = isWatched && proof.outcome === 'alarm' && proof.reason !== 'withheld'
  return {
    known: isDoubted ? { ...known, ...nothingRead(known) } : known,
    ...{ proof, isReached },
    hasFresh: areOnList(known, page),
  }
}

/**
 * Returns where the next look goes on, if reading by itself ended above what was known. A list with open numbers is read from its
 * beginning, because only the pages above could tell whether such a number was listed meanwhile. So is a list that began before the log
 * may have begun again, because its numbers may stand for other entries now.
 */
const resumeAfter = ({ resume }: KnownLog, page: PageRead, isReached: boolean): string | undefined => {
  const { isFirst, isSpent, isWatched, isCut, result } = page
  if (!isWatched || (!isReached && !isSpent))
    return isFirst && resume && mayBeginAnew(page) && !beganAnew(resume) ? undefined : resume
  const isPlace = !isReached && !isCut && result.listed?.shown !== undefined && !hasOpenNumbers(page)
  return isPlace ? page.next : undefined
}

const beganAnew = (resume: string): boolean => (JSON.parse(resume) as LogPosition).shown.isAnew === true

/** The next looks read down to the end: only a list that is proven from there up takes such an alarm back. */
const nothingRead = ({ readThrough }: KnownLog) => ({ readThrough: readThrough && 0, readUpTo: 0 })

/** Checks whether a list has come down to what was known before. */
const hasReachedKnown = (read: KnownLog, page: PageRead, before: KnownLog): boolean => {
  const { shown } = page.result.listed ?? {}
  if (!shown) return isDownTo(page, before.readUpTo)
  if (mayBeginAnew(page) || shown.missing.length > 0 || shown.due.length > 0) return false
  if (!isDownTo(page, newestOf(read))) return false
  const { readThrough } = read
  if (readThrough === undefined) return shown.isUnsure === true && isDownTo(page, before.seen.upTo)
  return (
    shown.top <= readThrough ||
    (shown.isUnsure === true && (shown.tail.at(-1)?.[0] ?? 0) <= lowestToShow(readThrough))
  )
}

/**
 * The number that a list has to show again: only then the numbers are still those of the log that was read. After a new beginning
 * there may be as many again.
 */
const lowestToShow = (readThrough: number): number => Math.max(readThrough, 1)

/** Every higher number is dated at most a minute before this time. */
const newestOf = ({ places, seen }: KnownLog): number => places[0]?.[2] ?? seen.upTo

/** Notes that the grant no longer covers the whole log. If it was complete before, that is an alarm until it is complete again. */
export const lost = ({ completeness }: KnownLog): KnownLog['completeness'] => completeness && 'lost'

type Alarms = Pick<KnownLog, 'alarms' | 'alarmedUpTo'>

/**
 * The alarm is about the log up to the highest number that is known, wherever on the list the page that raised it stands. No look goes
 * on in a list that began before the alarm.
 */
const withAlarm = (
  { alarms, alarmedUpTo, places }: KnownLog,
  page: PageRead,
  proof: LogProof,
): Alarms & { resume?: undefined } =>
  proof.outcome === 'alarm' && proof.reason !== 'withheld'
    ? {
        alarms: [...new Set([...alarms, alarmOf(page)])].slice(0, mostAlarms),
        alarmedUpTo:
          Math.max(alarmedUpTo ?? 0, places[0]?.[0] ?? 0, ...(page.result.numbers?.values() ?? [])) ||
          undefined,
        resume: undefined,
      }
    : { alarms, alarmedUpTo }

/**
 * Takes back what the same page raised under the same grant; under a grant for the whole log, under any. An alarm of as many pages as
 * are kept stays until its connection is removed, because further pages may have raised it too.
 */
const withoutAlarm = ({ alarms, alarmedUpTo }: KnownLog, page: PageRead): Alarms => {
  const isOf = (alarm: string) =>
    alarm === alarmOf(page) || (page.part === undefined && alarm.startsWith(`${page.name} `))
  const left = alarms.length >= mostAlarms ? alarms : alarms.filter((alarm) => !isOf(alarm))
  return { alarms: left, alarmedUpTo: left.length > 0 ? alarmedUpTo : undefined }
}

const alarmOf = ({ name, part }: PageRead): string => (part === undefined ? name : `${name} ${part}`)

const hasOpenNumbers = ({ result }: PageRead): boolean => {
  const { shown } = result.listed ?? {}
  return shown !== undefined && (shown.missing.length > 0 || shown.isUnsure === true)
}

/** Checks whether a list lacks entries that were on a list that failed a check. Their numbers may begin again after an erasure. */
const endsBelowAlarm = ({ result }: PageRead, { alarmedUpTo = 0 }: KnownLog): boolean => {
  const { shown, newBeginning } = result.listed ?? {}
  return shown !== undefined && shown.top < alarmedUpTo && !newBeginning
}

/** Adds the proven entries of a page of the person's own log, and which numbers were read. */
const withListed = (before: KnownLog, page: PageRead): KnownLog => {
  const { listed, proof } = page.result
  // Until a log has proofs, nothing but dates says what was on screen.
  if (proof.outcome === 'unprovable' && before.places.length === 0)
    return { ...before, seen: { ...before.seen, since: before.seen.upTo } }
  if (!listed) return before
  // Which entries wait does not depend on numbers.
  if (mayBeginAnew(page)) return { ...before, waiting: waitingAfter(before, listed) }
  const known = beginAnew(before, page)
  // A known number stands for another entry only after a new beginning, which the list has to show.
  const places = new Map([...listed.places, ...known.places].map((place) => [place[0], place]))
  const after = {
    ...known,
    seen: withLowestNew(known.seen, listed, page),
    places: [...places.values()].sort(([a], [b]) => b - a).slice(0, mostPlaces),
    waiting: waitingAfter(known, listed),
    beginning: beginningAfter(before, page),
  }
  // The pages above were judged before the new beginning was known. The next look judges them by number.
  const isJudged = known === before || page.isFirst
  return listed.shown && isJudged
    ? { ...after, ...rangeAfter(after, { ...listed, shown: listed.shown }, page) }
    : after
}

/**
 * Returns where the new numbers begin, as long as no whole list was read: at the lowest number that is dated after the first sign-in, or
 * that lies behind the tree of the first look, or above all of the first page if that leaves nothing out. It is a number as soon as
 * possible, because whoever appends an entry chooses its date.
 */
const withLowestNew = (
  seen: KnownLog['seen'],
  { places, shown }: ListedPage,
  { isWatched, isCut, result }: PageRead,
): KnownLog['seen'] => {
  if (seen.through !== undefined || !isWatched || isCut) return seen
  const size = seen.size ?? result.size
  const numbers = places.map(([number]) => number).filter((number) => number > 0)
  if (numbers.length === 0) return { ...seen, size }
  const newer = places.flatMap(([number, index, recorded]) =>
    recorded > seen.since || (size !== undefined && index >= size) ? number : [],
  )
  const highest = shown ? Math.max(...numbers) + 1 : Number.MAX_SAFE_INTEGER
  return { ...seen, size, lowestNew: Math.min(seen.lowestNew ?? highest, ...newer) }
}

/**
 * Keeps an entry that waits until it is proven with its text: another look may have shown it with another one meanwhile. A part of the
 * log adds only as many as there is room for: it may never show them again.
 */
const waitingAfter = ({ waiting }: KnownLog, listed: ListedPage): KnownLog['waiting'] => {
  const isSame = (a: KnownLog['waiting'][number]) => (b: typeof a) => a.id === b.id && a.text === b.text
  const listedNow = listed.waiting.map((entry) => waiting.find(isSame(entry)) ?? entry)
  const texts = new Map(listed.proven.map(({ id, text }) => [id, text]))
  const after = [...waiting.filter((entry) => !listedNow.includes(entry)), ...listedNow]
    .filter(({ id, text }) => !(texts.has(id) && (texts.get(id) ?? text) === text))
    .filter(({ id }) => !listed.erased.includes(id))
  return listed.shown ? after : after.slice(0, Math.max(mostWaiting, waiting.length))
}

/** Forgets what is known from before a new beginning, whose entries are in the log no more: their numbers are given again. */
const beginAnew = (known: KnownLog, { result, readAt }: PageRead): KnownLog => {
  const beginning = result.listed?.newBeginning
  if (!beginning || !isFromBefore(known, beginning)) return known
  const fresh = known.fresh.filter(({ at }) => at >= beginning.recorded - clockSlack)
  return {
    ...forgetErased(known, beginning),
    readThrough: 0,
    resume: undefined,
    alarmedUpTo: undefined,
    // Entries that were on screen since the beginning are known one by one.
    seen: { ...known.seen, through: 0, size: undefined, lowestNew: undefined },
    // Their numbers are of either log.
    fresh: fresh.map((entry) => ({ ...entry, number: undefined })),
    // Accesses that nobody has seen stay announced until the list, which shows the erasure, was on screen.
    moreSince: fresh.length < known.fresh.length ? readAt : known.moreSince,
    missingReads: [],
  }
}

/** Notes with which erasure a log begins. What was erased before this browser knew of it is on no list, whatever the dates say. */
const beginningAfter = (known: KnownLog, { result: { listed, proof } }: PageRead): KnownLog['beginning'] => {
  const beginning = listed?.newBeginning
  const isKnown = known.beginning !== undefined && !(beginning && isFromBefore(known, beginning))
  if (!beginning || isKnown || proof.outcome !== 'proven') return known.beginning
  return { recorded: beginning.recorded, since: proof.at }
}

/**
 * Returns which numbers were read after a page. The first list goes down to the entries from before `seen.since`, which count as
 * having been on screen.
 */
const rangeAfter = (
  known: KnownLog,
  { shown }: ListedPage & { shown: Shown },
  page: PageRead,
): Partial<KnownLog> => {
  const { readThrough, seen } = known
  const range = rangeOf(shown) ?? (page.isLast ? { from: 1, to: 0 } : undefined)
  // What is left open shows only in a list that is read from its beginning, with what is known then.
  if (!range || shown.isUnsure) return {}
  if (readThrough !== undefined)
    return range.from <= lowestToShow(readThrough) ? { readThrough: Math.max(readThrough, range.to) } : {}
  if (shown.missing.length > 0 || !isDownTo(page, Math.min(seen.since, newestOf(known)))) return {}
  const through = seen.through ?? Math.min((seen.lowestNew ?? range.to + 1) - 1, range.to)
  return { readThrough: range.to, seen: { ...seen, through, size: undefined, lowestNew: undefined } }
}

/** Counts looks that came to no proof: of a page, or of the entry with the highest number that was known. */
const failuresAfter = (
  { failures }: KnownLog,
  page: PageRead,
  isReached: boolean,
  isWithheld: boolean,
): number => {
  const { proof, since } = page.result
  if (page.name !== '' || page.isCut || since === undefined) return failures
  if (proof.outcome === 'proven' && (isReached || !page.isWatched)) return 0
  const isOwn = proof.outcome === 'unchecked' && ownProblems.includes(proof.problem.code)
  return isWithheld && !isOwn ? failures + 1 : failures
}

/** Counts a look that ended above what was known because a page could not be read. */
export const withFailedLook = (known: KnownLog, { code }: Problem): KnownLog =>
  known.isBehind && !ownProblems.includes(code) ? { ...known, failures: known.failures + 1 } : known

/** Checks whether a page has no proof, or reading ends before what was known. */
const isProofWithheld = (read: KnownLog, page: PageRead, isReached: boolean): boolean =>
  page.result.proof.outcome === 'unchecked' ||
  (!isReached && (isRepeating(read, page) || isLeftOpen(page) || endsWithOpenNumbers(page))) ||
  endsWithoutKnown(page)

/** A list ends with a link that is not followed, to another origin for example. */
const isLeftOpen = ({ isSpent, isWatched, isLast, next }: PageRead): boolean =>
  isWatched && isSpent && !isLast && next === undefined

/** Reading ends at a page from which no look can go on. */
const endsWithOpenNumbers = (page: PageRead): boolean =>
  page.isWatched && page.isSpent && hasOpenNumbers(page)

/**
 * Reading ends with fewer numbers than half of the entries that its pages listed: a list that repeats itself, or has empty pages, hides
 * what is below. An empty page counts as one entry. What was logged since the list began may have moved as many entries onto its pages
 * again.
 */
const isRepeating = (
  { places: [highest] }: KnownLog,
  { isSpent, isWatched, next, spent, result }: PageRead,
): boolean => {
  const { shown } = result.listed ?? {}
  if (!isSpent || !isWatched || next === undefined || !shown) return false
  const lowest = shown.tail.at(-1)?.[0] ?? shown.top + 1
  const moved = Math.max(0, (highest?.[0] ?? 0) - shown.top)
  return ((spent.below ?? shown.top + 1) - lowest) * 2 < Math.max(spent.entries, spent.pages) - moved
}

/** Reading ends before the entry with the highest number that was known. */
const endsWithoutKnown = (page: PageRead): boolean => page.isSpent && !page.why && mayBeginAnew(page)

/** Problems of this browser, which say nothing about the organization. */
const ownProblems: readonly Code[] = [
  'locked',
  'signed-out',
  'session-ended',
  'provider-changed',
  'storage-full',
]

const verdictOf = (known: KnownLog, page: PageRead, isWhole: boolean, isWithheld: boolean): LogProof => {
  const { proof, since, listed } = page.result
  const kept = since !== undefined && { since }
  if (isWithheld && known.failures >= mostFailures) return { outcome: 'alarm', reason: 'withheld', ...kept }
  if (proof.outcome !== 'proven') return proof
  const hasVanished = endsWithoutKnown(page) && listed?.shown && hasPassedKnown(listed.shown)
  if (hasVanished || (isWhole && endsBelowAlarm(page, known)))
    return { outcome: 'alarm', reason: 'gap', ...kept }
  if (!isWhole)
    return { ...proof, outcome: 'genuine', why: page.why ?? (listed?.shown?.isUnsure ? 'open' : 'unread') }
  return known.lostReads === undefined
    ? { ...proof, outcome: 'complete', ...erasureIn(page, known) }
    : { ...proof, outcome: 'genuine', why: 'lost-reads' }
}

/**
 * Returns the erasure with which a list ends, by an organization's clock that may be ahead, or behind which its dates reach back, or may,
 * because pages show them to the minute.
 */
const erasureIn = ({ result: { listed } }: PageRead, { beginning }: KnownLog): { erasure?: ErasedEntry } => {
  if (!beginning) return {}
  const oldest = listed?.shown?.oldest ?? Number.NEGATIVE_INFINITY
  const isBehind = listed?.newBeginning !== undefined || oldest < beginning.since + clockSlack
  return isBehind ? { erasure: { at: new Date(beginning.recorded).toISOString() } } : {}
}

/**
 * Checks whether the grant covers less of a log than before: the log was complete, or accesses were announced that no page may show now.
 */
export const isNarrowed = (known: KnownLog, isRead: boolean): boolean =>
  known.completeness === 'lost' || (!isRead && newAccessesOf(known) !== undefined)

/** Checks whether a log failed a check that it has not passed again since. */
export const hasAlarm = ({ alarms, failures }: KnownLog): boolean =>
  alarms.length > 0 || failures >= mostFailures
