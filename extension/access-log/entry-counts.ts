import { type Json, object, objects } from '../fhir/resource.ts'
import type { KnownEntries } from './known-entries.ts'
import type { EntryProof } from './log-answers.ts'
import { entryIdOf, isErasedValue } from './log-leaf.ts'

/** A list of everything that the log holds about one patient, newest first, of which this is a page. */
export interface Listing {
  patient: string
  /** Nothing newer is listed before this page. */
  first?: boolean
  /** How the pages before this one ended. */
  before?: ListingEnd | undefined
  /** No page follows. */
  last: boolean
  /** What was known of the list before this page was read. */
  known?: KnownEntries | undefined
}

/** What a page leaves to the next one. */
export interface ListingEnd {
  /** The lowest number so far. */
  lowest: number
  /** Higher numbers that have not been seen. */
  missing: number[]
  /** Where the entry of the lowest number lies, and its time in milliseconds since 1970. */
  index: number
  recorded: number
}

interface CountFault {
  /** `malformed`: an entry about a patient without a number. `other-patient`: one about somebody else. */
  reason: 'gap' | 'duplicate' | 'malformed' | 'other-patient'
  /** The entry next to what is missing, or the second of a pair; absent where the page is empty. */
  event?: Json | undefined
}

/**
 * Servers that write at the same moment may list two entries the other way round than the log numbers them. So far down
 * the list a number may come late, over the end of a page too.
 */
const slack = 8

/**
 * Every entry about a patient carries its number among them, from 1, so a list of all has no number twice and leaves none
 * out, the highest that was known before included. Nothing else is in it. Only proven entries have a number; those that
 * wait for the next checkpoint are newer than they.
 */
export const checkCounts = (
  events: readonly Json[],
  proofs: ReadonlyMap<string, EntryProof>,
  { patient, first, before, last, known }: Listing,
): CountFault | { end: ListingEnd | undefined } => {
  const foreign = events.findLast((event) => !isAbout(event, patient, proofs.get(entryIdOf(event))))
  if (foreign) return { reason: 'other-patient', event: foreign }
  const counted = events
    .flatMap((event) => ({ event, proof: proofs.get(entryIdOf(event)) }))
    .flatMap(({ event, proof }) => (proof ? { event, index: proof.index, count: proof.count ?? 0 } : []))
    .sort((a, b) => b.count - a.count)
  const missing = new Set(before?.missing)
  let end: Pick<ListingEnd, 'lowest' | 'index' | 'recorded'> | undefined = before
  let fault: CountFault | undefined
  for (const { count, index, event } of counted) {
    if (count === 0) fault = { reason: 'malformed', event }
    if (count === 0 || missing.delete(count)) continue
    const lowest = end?.lowest
    if (lowest !== undefined && count >= lowest) fault = { reason: 'duplicate', event }
    else if (lowest !== undefined && lowest - count > slack) fault = { reason: 'gap', event }
    else for (let number = count + 1; number < (lowest ?? 0); number++) missing.add(number)
    if (count < (lowest ?? Number.POSITIVE_INFINITY))
      end = { lowest: count, index, recorded: Date.parse(String(event.recorded)) }
  }
  const below = (number: number) => counted.filter(({ count }) => count < number)
  const late = [...missing].filter((number) => last || below(number).length >= slack)
  if (late.length > 0)
    fault = { reason: 'gap', event: (below(Math.min(...late))[0] ?? counted.at(-1))?.event }
  if (last && end && end.lowest > 1) fault = { reason: 'gap', event: counted.at(-1)?.event }
  // A page of nothing but entries that wait says nothing of those below them.
  const highest = counted[0]?.count ?? (last ? 0 : Number.POSITIVE_INFINITY)
  if (first && (known?.places[0]?.[0] ?? 0) > highest) fault = { reason: 'gap', event: counted[0]?.event }
  return fault ?? { end: end && { ...end, missing: [...missing] } }
}

/** An erased entry no longer says whom it is about; it stands in the list of the one whose list this is. */
const isAbout = ({ entity }: Json, patient: string, proof: EntryProof | undefined): boolean => {
  const { reference } = object(objects(entity).find(({ role }) => object(role).code === '1')?.what)
  if (typeof reference !== 'string') return false
  const wasErased = proof !== undefined && !proof.salt && isErasedValue(reference)
  return wasErased || reference.split('/').slice(-2).join('/') === `Patient/${patient}`
}
