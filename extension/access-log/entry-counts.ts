import { type Json, object, objects } from '../fhir/resource.ts'
import type { KnownEntries } from './known-entries.ts'
import type { EntryProof } from './log-answers.ts'
import { entryIdOf, isErasedValue } from './log-leaf.ts'

/** A page in the list of everything that the log holds about one patient, newest first. */
export interface Listing {
  patient: string
  /** This is the first page, with the newest entries. */
  first?: boolean
  /** The end of the pages before this one. */
  before?: ListingEnd | undefined
  /** No page follows. */
  last: boolean
  /** The known entries as they were before this page was read. */
  known?: KnownEntries | undefined
}

/** The state that a page passes to the next one. */
export interface ListingEnd {
  /** The lowest number so far. */
  lowest: number
  /** Higher numbers that have not appeared yet. */
  missing: number[]
  /** Place and time (milliseconds since 1970) of the entry with the lowest number. */
  index: number
  recorded: number
}

interface CountFault {
  /** `malformed`: an entry about a patient without a number. `other-patient`: one about somebody else. */
  reason: 'gap' | 'duplicate' | 'malformed' | 'other-patient'
  /** The entry next to the gap, or the second of two with one number; absent if the page is empty. */
  event?: Json | undefined
}

/**
 * How many entries late a number may appear, also on the next page. Servers that write at the same moment may list two entries in
 * another order than that of their numbers.
 */
const slack = 8

/**
 * Checks that a list is complete. Entries about a patient are numbered from 1, so the list must have each number once, up to the
 * highest that was known before, and no entry about anyone else. Only proven entries have a number; those that wait for the next
 * checkpoint are newer.
 */
export const checkCounts = (
  events: readonly Json[],
  proofs: ReadonlyMap<string, EntryProof>,
  { patient, first, before, last, known }: Listing,
): CountFault | { end: ListingEnd | undefined } => {
  const foreign = events.findLast((event) => !isAbout(event, patient, proofs.get(entryIdOf(event))))
  if (foreign) return { reason: 'other-patient', event: foreign }
  const numberedEntries = events
    .flatMap((event) => ({ event, proof: proofs.get(entryIdOf(event)) }))
    .flatMap(({ event, proof }) => (proof ? { event, index: proof.index, count: proof.count ?? 0 } : []))
    .sort((a, b) => b.count - a.count)
  const missing = new Set(before?.missing)
  let end: Pick<ListingEnd, 'lowest' | 'index' | 'recorded'> | undefined = before
  let fault: CountFault | undefined
  for (const { count, index, event } of numberedEntries) {
    if (count === 0) fault = { reason: 'malformed', event }
    if (count === 0 || missing.delete(count)) continue
    const lowest = end?.lowest
    if (lowest !== undefined && count >= lowest) fault = { reason: 'duplicate', event }
    else if (lowest !== undefined && lowest - count > slack) fault = { reason: 'gap', event }
    else for (let number = count + 1; number < (lowest ?? 0); number++) missing.add(number)
    if (count < (lowest ?? Number.POSITIVE_INFINITY))
      end = { lowest: count, index, recorded: Date.parse(String(event.recorded)) }
  }
  const below = (number: number) => numberedEntries.filter(({ count }) => count < number)
  const late = [...missing].filter((number) => last || below(number).length >= slack)
  if (late.length > 0)
    fault = { reason: 'gap', event: (below(Math.min(...late))[0] ?? numberedEntries.at(-1))?.event }
  if (last && end && end.lowest > 1) fault = { reason: 'gap', event: numberedEntries.at(-1)?.event }
  // If no entry of a page is proven yet, the page does not show the highest number.
  const highest = numberedEntries[0]?.count ?? (last ? 0 : Number.POSITIVE_INFINITY)
  if (first && (known?.places[0]?.[0] ?? 0) > highest)
    fault = { reason: 'gap', event: numberedEntries[0]?.event }
  return fault ?? { end: end && { ...end, missing: [...missing] } }
}

/** Checks that an entry is about the patient. An erased entry passes, because it no longer names its patient. */
const isAbout = ({ entity }: Json, patient: string, proof: EntryProof | undefined): boolean => {
  const { reference } = object(objects(entity).find(({ role }) => object(role).code === '1')?.what)
  if (typeof reference !== 'string') return false
  const wasErased = proof !== undefined && !proof.salt && isErasedValue(reference)
  return wasErased || reference.split('/').slice(-2).join('/') === `Patient/${patient}`
}
