import type { StoredKnownLog as KnownLog } from '../../storage/stored-log.ts'
import type { PageRead } from '../own/page-read.ts'
import { patience, type Reconciliation } from '../own/reconcile.ts'
import type { ReadResult } from './known-log.ts'

/**
 * Notes which own reads the log lacks: those that lacked before or now, are still in the journal, and were not found. Each time that a list
 * is proven down to what was known, every read that was sent after the last such list began, and before this one did, must have been on
 * some list, whatever the clocks say.
 */
export const withMissingReads = (
  { known, isReached }: Pick<ReadResult, 'known' | 'isReached'>,
  { missing, found: listed, sent, names: namesNow, beganAt }: JudgedReads,
  { readAt, isCut, result }: Pick<PageRead, 'readAt' | 'isCut' | 'result'>,
): KnownLog => {
  const { judgedAt = 0 } = known
  // A page that is not proven may list what the log does not have.
  const isTrusted = result.proof.outcome === 'proven' || result.proof.outcome === 'unprovable'
  const found = new Set([...(known.foundReads ?? []), ...(isTrusted ? listed : [])])
  const names = known.namesReads === true || (isTrusted && namesNow)
  const isJudged = names && isReached && !isCut && result.listed?.shown !== undefined
  // The last judgement was made while this computer's clock was ahead; what was found since then may have been dropped.
  const isAhead = judgedAt > readAt
  const from = isAhead ? beganAt : judgedAt
  const isSince = (time: number, { until }: JudgedReads['sent'][number]) => until >= time - patience
  const late = isJudged
    ? sent.filter((each) => each.isDue && isSince(from, each) && !isSince(beganAt, each))
    : []
  const after = isJudged ? Math.max(from, beganAt) : judgedAt
  const foundReads = sent.flatMap((each) =>
    (isAhead || found.has(each.id)) && isSince(after, each) ? each.id : [],
  )
  return {
    ...known,
    namesReads: names || undefined,
    judgedAt: after || undefined,
    foundReads: foundReads.length > 0 ? foundReads : undefined,
    missingReads: [...new Set([...known.missingReads, ...missing, ...late.map(({ id }) => id)])].filter(
      (id) => sent.some((each) => each.id === id) && !found.has(id),
    ),
  }
}

/** What a page says of the reads of this browser. */
interface JudgedReads extends Pick<Reconciliation, 'found' | 'sent'> {
  /** Ids. */
  missing: readonly string[]
  /** An entry of the list names its request. */
  names: boolean
  /** When the first page of the list was read; milliseconds since 1970. */
  beganAt: number
}
