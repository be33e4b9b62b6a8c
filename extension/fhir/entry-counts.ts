import type { EntryProof } from './log-answers.ts'
import { isErasedValue } from './log-leaf.ts'
import { type Json, object, objects } from './resource.ts'

/** A list of everything that the log holds about one patient, newest first, of which this is a page. */
export interface Listing {
  patient: string
  /** The lowest number on the pages before this one. */
  below?: number | undefined
  /** No page follows. */
  last: boolean
}

export interface CountFault {
  /** `malformed`: an entry about a patient without a number. */
  reason: 'gap' | 'duplicate' | 'malformed'
  /** The entry next to what is missing, or the second of a pair; absent where the page is empty. */
  event?: Json | undefined
}

/**
 * Every entry about a patient carries its number among them, from 1, so a list of all has no number twice and leaves none
 * out. Only proven entries have one; those that wait for the next checkpoint are newer than they.
 */
export const checkCounts = (
  events: readonly Json[],
  proofs: ReadonlyMap<string, EntryProof>,
  { patient, below, last }: Listing,
): CountFault | { lowest: number | undefined } => {
  const counted = events
    .filter((event) => proofs.has(String(event.id)) && isAbout(event, patient))
    .map((event) => ({ event, count: proofs.get(String(event.id))?.count ?? 0 }))
    .sort((a, b) => b.count - a.count)
  let lowest = below
  let fault: CountFault | undefined
  for (const { count, event } of counted) {
    if (count === 0) fault = { reason: 'malformed', event }
    else if (lowest !== undefined && count >= lowest) fault = { reason: 'duplicate', event }
    else if (lowest !== undefined && count < lowest - 1) fault = { reason: 'gap', event }
    lowest = count
  }
  if (last && lowest !== undefined && lowest > 1) fault = { reason: 'gap', event: counted.at(-1)?.event }
  return fault ?? { lowest }
}

/** An erased entry no longer says whom it is about; it stands in the list of the one whose list this is. */
const isAbout = ({ entity }: Json, patient: string): boolean => {
  const { reference } = object(objects(entity).find(({ role }) => object(role).code === '1')?.what)
  return (
    typeof reference === 'string' && (reference.split('/').at(-1) === patient || isErasedValue(reference))
  )
}
