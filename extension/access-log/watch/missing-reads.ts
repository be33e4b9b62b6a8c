import { type StoredKnownLog as KnownLog, type OwnRequest, untilOf } from '../../storage/stored-log.ts'
import type { PageRead } from '../own/page-read.ts'
import { patience, type Reconciliation } from '../own/reconcile.ts'
import type { ReadResult } from './known-log.ts'

const mostMissing = 200

/** Checks whether a request may have been sent at this time (milliseconds since 1970) or later. */
const isSince = (time: number, request: OwnRequest): boolean => untilOf(request) >= time - patience

/**
 * Notes that the journal lost own reads before they were compared with the log: an organization can have as many reads sent as it likes,
 * by lists without an end. A log that names no request is not compared.
 */
export const withLostReads = (known: KnownLog, { lost, names }: JudgedReads): KnownLog =>
  lost !== undefined && (known.namesReads || names) && lost >= (known.judgedAt ?? 0) - patience
    ? { ...known, lostReads: Math.max(known.lostReads ?? 0, lost) }
    : known

/**
 * Notes which own reads the log lacks: those that lacked before or now, and were not found. Each time that a list is proven down to what was
 * known, every read that was sent after the last such list began, and before this one did, must have been on some list, whatever the
 * clocks say.
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
  const late = isJudged
    ? sent.filter((each) => each.shown && isSince(from, each) && !isSince(beganAt, each))
    : []
  const after = isJudged ? Math.max(from, beganAt) : judgedAt
  const foundReads = sent.flatMap((each) =>
    (isAhead || found.has(each.id)) && isSince(after, each) ? each.id : [],
  )
  const isMissing = new Set([...known.missingReads, ...missing, ...late].map(({ id }) => id))
  const missingReads = sent.filter(({ id }) => isMissing.has(id) && !found.has(id))
  return {
    ...known,
    namesReads: names || undefined,
    judgedAt: after || undefined,
    foundReads: foundReads.length > 0 ? foundReads : undefined,
    missingReads: missingReads.slice(0, mostMissing),
    ...(missingReads.length > mostMissing && { lostReads: readAt }),
  }
}

/** What a page says of the reads of this browser. */
interface JudgedReads extends Pick<Reconciliation, 'missing' | 'found'> {
  /** The reads that were sent, with those that the journal has no more but that are still missing. */
  sent: readonly OwnRequest[]
  /** Until when the reads that the journal lost can have been sent; milliseconds since 1970. */
  lost: number | undefined
  /** An entry of the list names its request. */
  names: boolean
  /** When the first page of the list was read; milliseconds since 1970. */
  beganAt: number
}
