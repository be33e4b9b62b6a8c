import type { StoredKnownLog as KnownLog } from '../storage/stored-log.ts'
import type { ReadResult } from './known-log.ts'
import type { PageRead } from './page-read.ts'
import type { Reconciliation } from './reconcile.ts'

/** Milliseconds after which an answered request has its entry. */
const entryPatience = 600_000

/**
 * Notes which own reads the log lacks: those that lacked before or now, are still in the journal, and were not found. A read of an unknown
 * time lacks if no list had it although this one came down to what was known.
 */
export const withMissingReads = (
  { known, isReached }: Pick<ReadResult, 'known' | 'isReached'>,
  { missing, found: foundNow, journaled, untimed, unsettled }: OwnReads,
  { readAt, isCut }: Pick<PageRead, 'readAt' | 'isCut'>,
): KnownLog => {
  const found = new Set([...(known.foundReads ?? []), ...foundNow])
  const late = untimed.filter(({ until }) => isReached && !isCut && until < readAt - entryPatience)
  const foundReads = unsettled.filter((id) => found.has(id))
  return {
    ...known,
    foundReads: foundReads.length > 0 ? foundReads : undefined,
    missingReads: [...new Set([...known.missingReads, ...missing, ...late.map(({ id }) => id)])].filter(
      (id) => journaled.includes(id) && !found.has(id),
    ),
  }
}

/** What a page says of the reads of this browser; all but `untimed` are ids. */
export interface OwnReads extends Pick<Reconciliation, 'found' | 'untimed' | 'unsettled'> {
  missing: readonly string[]
  journaled: readonly string[]
}
