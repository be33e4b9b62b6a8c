import type { EntryProof } from './log-answers.ts'
import { isErasedValue } from './log-leaf.ts'
import { type Json, object, objects } from './resource.ts'

/** A list of everything that the log holds about one patient, newest first, of which this is a page. */
export interface Listing {
  patient: string
  /** How the pages before this one ended. */
  before?: ListingEnd | undefined
  /** No page follows. */
  last: boolean
}

/** What a page leaves to the next one. */
export interface ListingEnd {
  /** The lowest number so far. */
  lowest: number
  /** Higher numbers that have not been seen. */
  missing: number[]
}

export interface CountFault {
  /** `malformed`: an entry about a patient without a number. */
  reason: 'gap' | 'duplicate' | 'malformed'
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
 * out. Only proven entries have one; those that wait for the next checkpoint are newer than they.
 */
export const checkCounts = (
  events: readonly Json[],
  proofs: ReadonlyMap<string, EntryProof>,
  { patient, before, last }: Listing,
): CountFault | { end: ListingEnd | undefined } => {
  const counted = events
    .filter((event) => proofs.has(String(event.id)) && isAbout(event, patient))
    .map((event) => ({ event, count: proofs.get(String(event.id))?.count ?? 0 }))
    .sort((a, b) => b.count - a.count)
  const missing = new Set(before?.missing)
  let lowest = before?.lowest
  let fault: CountFault | undefined
  for (const { count, event } of counted) {
    if (count === 0) fault = { reason: 'malformed', event }
    if (count === 0 || missing.delete(count)) continue
    if (lowest !== undefined && count >= lowest) fault = { reason: 'duplicate', event }
    else if (lowest !== undefined && lowest - count > slack) fault = { reason: 'gap', event }
    else for (let number = count + 1; number < (lowest ?? 0); number++) missing.add(number)
    lowest = Math.min(count, lowest ?? count)
  }
  const below = (number: number) => counted.filter(({ count }) => count < number)
  const late = [...missing].filter((number) => last || below(number).length >= slack)
  if (late.length > 0)
    fault = { reason: 'gap', event: (below(Math.min(...late))[0] ?? counted.at(-1))?.event }
  if (last && lowest !== undefined && lowest > 1) fault = { reason: 'gap', event: counted.at(-1)?.event }
  return fault ?? { end: lowest === undefined ? undefined : { lowest, missing: [...missing] } }
}

/** An erased entry no longer says whom it is about; it stands in the list of the one whose list this is. */
const isAbout = ({ entity }: Json, patient: string): boolean => {
  const { reference } = object(objects(entity).find(({ role }) => object(role).code === '1')?.what)
  return (
    typeof reference === 'string' && (reference.split('/').at(-1) === patient || isErasedValue(reference))
  )
}
