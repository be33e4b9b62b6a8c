import { typeAndId } from '../../fhir/reference.ts'
import { type Json, object, objects } from '../../fhir/resource.ts'
import { ProblemError } from '../../messages/errors.ts'
import type { LogFault } from '../../messages/log-entries.ts'
import type { KnownPlace, StoredKnownLog } from '../../storage/stored-log.ts'
import { beginShown, checkCounts, hasVanished, type Shown, toKnownPlaces } from './entry-counts.ts'
import { checkOrder, type EntryPlace } from './entry-order.ts'
import type { EntryProof } from './log-answers.ts'
import { findNewBeginning, forgetErased, type NewBeginning } from './log-erasure.ts'
import { entryIdOf, isErasedValue, recordedOf, type TextDigests } from './log-leaf.ts'
import { dueAfter, findOtherText, findOverdue, mostWaiting } from './waiting-entries.ts'

/** A page in a list of what the log holds about one patient, newest first. */
export interface Listing {
  patient: string
  /** The list is everything about the patient, so that a missing entry can be detected. */
  isWhole: boolean
  /** No page follows. */
  last: boolean
  /** What the pages before this one have shown. */
  shown: Shown
  /** What was known before this page was read. */
  known: Pick<StoredKnownLog, 'places' | 'waiting'>
}

/** What a page of a list adds to what is known. */
export interface ListedPage {
  places: KnownPlace[]
  /** Proven entries, with their digests; an erased entry has none. */
  proven: { id: string; text?: string | undefined }[]
  waiting: StoredKnownLog['waiting']
  /** Ids of entries that waited, and are gone because of an erasure. */
  erased: string[]
  /** What the pages have shown so far; absent if the list is only a part of what the log holds. */
  shown?: Shown
  /** Set if the person was erased: their log starts again here. */
  newBeginning?: NewBeginning | undefined
  /** The numbers may have begun again with 1, which only the last page of the whole list says. */
  mayBeginAnew: boolean
}

interface ListFault {
  reason: LogFault
  event?: Json | undefined
}

type Proofs = ReadonlyMap<string, EntryProof>

/**
 * Checks a page about one patient against its own numbers and against what earlier looks saw.
 *
 * @throws ProblemError `too-large` if more than 200 entries wait for their proof, of this list, and of earlier ones if it is whole.
 */
export const checkListPage = (
  events: readonly Json[],
  proofs: Proofs,
  { patient, isWhole, last, shown, now, texts, ...listing }: Listing & { now: number; texts: TextDigests },
): ListedPage | ListFault => {
  const foreign = events.findLast((event) => !isAbout(event, patient, proofs.get(entryIdOf(event))))
  if (foreign) return { reason: 'other-patient', event: foreign }
  const newBeginning = isWhole && last ? findNewBeginning(events, proofs) : undefined
  const known = forgetErased(listing.known, newBeginning)
  const other = findOtherText(known.waiting, { events, proofs, texts })
  if (other) return { reason: 'altered', event: other }
  const places = placesOf(events, proofs)
  const isAnew = followsAll(places, contradicted(known.places, places))
  const textOf = (event: Json) => texts.get(event) ?? ''
  const waiting = new Map(
    events
      .filter((event) => !proofs.has(entryIdOf(event)))
      .map((event) => [
        entryIdOf(event),
        { id: entryIdOf(event), recorded: recordedAt(event), since: now, text: textOf(event) },
      ]),
  )
  const after = Math.max(shown.top, ...places.map(({ count = 0 }) => count))
  const waitingShown = new Map(shown.waiting.map((entry) => [entry.text, entry]))
  for (const { text } of waiting.values()) waitingShown.set(text, { text, after })
  const provenTexts = new Set(events.flatMap((event) => (proofs.has(entryIdOf(event)) ? textOf(event) : [])))
  // None may be forgotten for another one, because a whole list has to show each again.
  const all = [...known.waiting.filter(({ text }) => !provenTexts.has(text)), ...waiting.values()]
  const allNames = new Set(all.map(({ id, text }) => `${id} ${text}`))
  if ((isWhole ? allNames : waiting).size > mostWaiting)
    throw new ProblemError('too-large', { what: String(mostWaiting) })
  const before = {
    ...shown,
    waiting: [...waitingShown.values()].filter(({ text }) => !provenTexts.has(text)),
    ...(isAnew && { isAnew }),
  }
  const { isAnew: _, ...begun } = { ...before, known: beginShown().known }
  const counts = isWhole ? checkCounts(places, newBeginning ? begun : before, last) : undefined
  if (counts && 'reason' in counts) return counts
  const overdue = isWhole ? findOverdue(known.waiting, { events, proofs, now }) : undefined
  if (overdue) return { reason: 'missing', event: overdue }
  const { missing, erased, ...due } = dueAfter(shown, { events, last, newBeginning })
  if (missing && isWhole) return { reason: 'missing', event: missing }
  const mayBeginAnew = counts ? hasVanished(counts) : isAnew
  // Then the numbers that were known stand for other entries. The dates hold in any case: whoever erases chooses the date of the erasure.
  const isNumbered = (place: KnownPlace) => !mayBeginAnew && known.places.includes(place)
  const remembered = listing.known.places.map((place) => toPlace(place, isNumbered(place)))
  const fault = checkOrder([...places, ...remembered, ...shown.tail.map((place) => toPlace(place))], now)
  return (
    fault ?? {
      places: toKnownPlaces(places),
      proven: events.flatMap((event) => {
        const proof = proofs.get(entryIdOf(event))
        return proof ? { id: entryIdOf(event), text: proof.salt && textOf(event) } : []
      }),
      waiting: [...waiting.values()],
      erased,
      ...(counts && { shown: { ...counts, ...due } }),
      newBeginning,
      mayBeginAnew,
    }
  )
}

/** Returns the known places that contradict a page: their entries have numbers as high, but lie before it. */
const contradicted = (known: readonly KnownPlace[], places: readonly EntryPlace[]): KnownPlace[] =>
  known.filter(([number, at]) => places.some(({ count = 0, index }) => count <= number && index > at))

/** Checks whether a whole page lies behind the known places that it contradicts, as after a new beginning. */
const followsAll = (places: readonly EntryPlace[], contradicted: readonly KnownPlace[]): boolean => {
  const end = Math.max(...contradicted.map(([, index]) => index))
  return contradicted.length > 0 && places.every(({ index }) => index > end)
}

/** Checks a page about several patients, whose numbers cannot be compared with each other. */
export const checkPage = (events: readonly Json[], proofs: Proofs, now: number): ListFault | undefined =>
  checkOrder(
    placesOf(events, proofs).map(({ count: _, ...place }) => place),
    now,
  )

const placesOf = (events: readonly Json[], proofs: Proofs): EntryPlace[] =>
  events.flatMap((event) => {
    const proof = proofs.get(entryIdOf(event))
    return proof ? [{ event, index: proof.index, count: proof.count, recorded: recordedAt(event) }] : []
  })

const toPlace = ([number, index, recorded]: KnownPlace, isNumbered = true): EntryPlace => ({
  index,
  recorded,
  count: isNumbered ? number : undefined,
})

export const recordedAt = (event: Json): number => Date.parse(recordedOf(event))

/** Checks that an entry is about the patient. An erased entry passes, because it no longer names its patient. */
const isAbout = ({ entity }: Json, patient: string, proof: EntryProof | undefined): boolean => {
  const { reference } = object(objects(entity).find(({ role }) => object(role).code === '1')?.what)
  if (typeof reference !== 'string') return false
  const wasErased = proof !== undefined && !proof.salt && isErasedValue(reference)
  return wasErased || typeAndId(reference) === `Patient/${patient}`
}
