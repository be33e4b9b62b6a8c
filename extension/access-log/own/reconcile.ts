import type { Json } from '../../fhir/resource.ts'
import { concurrency, isFar, type OwnRequest, untilOf } from '../../storage/stored-log.ts'
import { type Requester, requestIdOf } from '../entries/requester.ts'
import { entryIdOf, hasErasedValue } from '../proof/log-leaf.ts'
import { isErasure } from '../proof/log-signature.ts'
import { isRecordAccess, matchOwnEntries } from './own-entries.ts'

interface ReconcileInput {
  /** AuditEvents as they are shown, newest first: a page of everything about one patient. */
  events: readonly Json[]
  /** The connection's requests, and since when they are complete. */
  own: { since: number; requests: readonly OwnRequest[] }
  /** This browser's other requests to the organization: while signing in, or over another connection. */
  others: readonly OwnRequest[]
  requester: Requester
  /** The end of the page before this one. */
  before?: ReconciliationEnd | undefined
  /** No page follows. */
  last: boolean
  /** When the first page of the list was read: it need not have what was sent later. Milliseconds since 1970. */
  beganAt: number
}

/** The state that a page passes to the next one. */
export interface ReconciliationEnd {
  /** When the oldest own request with an entry was sent; absent while none has an entry. */
  reach?: number
  /**
   * Ids of requests that may have another entry on a later page, each once, with the id of its entry: a page may repeat that one, because
   * the list moves as it grows.
   */
  found: [request: string, entry: string][]
  /** At least one entry so far names its request. */
  names: boolean
}

export interface Reconciliation {
  /** Ids of entries by this person, through this application, that this browser did not send. */
  foreign: string[]
  /** Answered requests that the log has no entry of. */
  missing: OwnRequest[]
  /** Ids of the own requests that this page has entries of, or that an erasure explains. */
  found: string[]
  /** This page's entries of requests that this browser sent, over this connection or in other ways. */
  matched: ReadonlyMap<Json, OwnRequest>
  end: ReconciliationEnd
}

/** Milliseconds. An entry is usually written before the answer; a later one has this long. Also how far clocks may differ. */
export const patience = 600_000

/** Whether the organization's clock, if it is known, differs from this browser's by no more than clocks do. */
const areClose = ({ at, servedAt = at }: OwnRequest): boolean => Math.abs(servedAt - at) <= patience

/** When a request was sent, by the organization's clock if it is close: this browser's may have been set right since then. */
const timeOf = (request: OwnRequest): number =>
  areClose(request) ? (request.servedAt ?? request.at) : request.at

/**
 * Whether the time of a request says where in the list its entry is. If the two clocks differ more than clocks do, nobody knows which of
 * them is wrong, or whether the organization lies.
 */
const isTimed = (request: OwnRequest): boolean => areClose(request) || isFar(request)

/**
 * Compares a page of an access log with the requests that this browser sent. It judges neither entries from before the journal is
 * complete nor requests that a later page may still show.
 */
export const reconcile = (page: ReconcileInput): Reconciliation => {
  const { events, own, others, requester, before, last, beganAt } = page
  // A request that an earlier page matched matches no other entry.
  const foundBefore = new Map(before?.found)
  const requests = [...others, ...own.requests]
  const isRepeated = (event: Json) => foundBefore.get(requestIdOf(event) ?? '') === entryIdOf(event)
  const again = requests.filter(({ id }) => foundBefore.has(id))
  const open = requests.filter(({ id }) => !foundBefore.has(id))
  const ofBrowser = new Map([
    ...matchOwnEntries(
      events.filter((event) => !isRepeated(event)),
      open,
      requester,
    ),
    ...matchOwnEntries(events.filter(isRepeated), again, requester),
  ])
  const connectionRequests = new Set(own.requests)
  const ofConnection = new Map([...ofBrowser].filter(([, request]) => connectionRequests.has(request)))
  const ids = events.map(requestIdOf)
  const ownEntries = [...ofConnection.values()]
  const found = new Map([...foundBefore, ...entriesOf(ofBrowser)])
  // Where answers tell the organization's time, one that never came has only this browser's, which may be minutes off.
  const tellTime = own.requests.some((request) => request.servedAt !== undefined && areClose(request))
  const isPlaced = (request: OwnRequest) => isTimed(request) && (!tellTime || request.servedAt !== undefined)
  const reach = Math.min(
    before?.reach ?? Number.POSITIVE_INFINITY,
    ...ownEntries.filter(isPlaced).map(timeOf),
  )
  const names = before?.names === true || ids.some((id) => id !== undefined)
  const judgedBefore = (before?.reach ?? Number.POSITIVE_INFINITY) + concurrency
  const erasedBefore = last ? erasureCoversUntil(events) : Number.NEGATIVE_INFINITY
  const missing = own.requests.filter((request) => {
    const at = timeOf(request)
    return (
      names &&
      isTimed(request) &&
      request.shown &&
      !found.has(request.id) &&
      at > erasedBefore &&
      at < beganAt - patience &&
      at <= judgedBefore &&
      (last || at > reach + concurrency)
    )
  })
  // A page without an own entry does not show how far back the list goes.
  const oldest = Math.min(...[...ofBrowser.values()].filter(isPlaced).map(timeOf))
  const until = Math.max(oldest, reach < Number.POSITIVE_INFINITY ? reach : oldest) + concurrency
  const concurrentOrNewer = requests.filter(
    (request) => found.has(request.id) && (timeOf(request) <= until || !isTimed(request)),
  )
  return {
    foreign: findForeign(page, ofConnection, ofBrowser, reach < Number.POSITIVE_INFINITY),
    missing,
    found: [
      ...ownEntries.map(({ id }) => id),
      ...own.requests.flatMap((request) => (untilOf(request) <= erasedBefore ? request.id : [])),
    ],
    matched: ofBrowser,
    end: {
      ...(reach < Number.POSITIVE_INFINITY && { reach }),
      found: concurrentOrNewer.map(({ id }) => [id, found.get(id) ?? '']),
      names,
    },
  }
}

const entriesOf = (matched: ReadonlyMap<Json, OwnRequest>): [request: string, entry: string][] =>
  [...matched].map(([event, { id }]) => [id, entryIdOf(event)])

/**
 * Returns the time before which entries may be missing because the person was erased: the log then starts again with the
 * erasure's own entry. In any other place, or erased itself, such an entry explains nothing.
 */
const erasureCoversUntil = (events: readonly Json[]): number => {
  const first = events.at(-1)
  if (!first || !isErasure(first) || hasErasedValue(first)) return Number.NEGATIVE_INFINITY
  // It excuses nothing that is newer than the entries above it.
  const dates = events.slice(-2).map(({ recorded }) => Date.parse(String(recorded)))
  return Math.min(...dates) + patience
}

const findForeign = (
  { events, own, requester }: ReconcileInput,
  ofConnection: ReadonlyMap<Json, OwnRequest>,
  ofBrowser: ReadonlyMap<Json, OwnRequest>,
  namesOwnRequests: boolean,
): string[] => {
  // Every own request above the entry of one in the journal is in the journal too, whatever the clocks say.
  const anchor = events.findLastIndex((event) => (ofConnection.get(event)?.at ?? 0) >= own.since)
  const isJournaled = (event: Json, place: number) =>
    place <= anchor || Date.parse(String(event.recorded)) > own.since + patience
  return events
    .filter((event, place) => {
      // This browser sends an id with each read: where the log names its ids, an entry without one is not of this browser.
      const isOther = !ofBrowser.has(event) && (namesOwnRequests || requestIdOf(event) !== undefined)
      return isOther && isJournaled(event, place) && isRecordAccess(event, requester)
    })
    .map(entryIdOf)
}
