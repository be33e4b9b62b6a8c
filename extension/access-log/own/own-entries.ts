import { type Json, object, objects, text } from '../../fhir/resource.ts'
import type { AccessEntry } from '../../messages/log-entries.ts'
import type { OwnRequest } from '../../storage/stored-log.ts'
import { isByPerson, isThroughApplication, type Requester, requestIdOf } from '../entries/requester.ts'

/** The most milliseconds between an entry's time and its answer's, both by clocks of the organization. */
const patience = 600_000

/**
 * Matches entries with the requests that this browser sent. An id alone proves nothing, because anyone who reads the log knows it
 * and can send it too. So an id counts for one entry only: by this person through this application, of the requested type, at the
 * time of the answer; if several fit, for the nearest in time.
 */
export const matchOwnEntries = (
  events: readonly Json[],
  requests: readonly OwnRequest[],
  requester: Requester,
): Map<Json, OwnRequest> => {
  const byId = new Map(requests.map((request) => [request.id, request]))
  const nearest = new Map<OwnRequest, { event: Json; distance: number }>()
  for (const event of events) {
    const request = byId.get(requestIdOf(event) ?? '')
    if (!request || !isRead(event, requester) || !isOfType(event, request.what)) continue
    const distance = Math.abs(Date.parse(String(event.recorded)) - (request.servedAt ?? request.at))
    // Without the answer's time there is only this browser's clock, which may be wrong by any amount.
    if (request.servedAt !== undefined && !(distance <= patience)) continue
    if (!((nearest.get(request)?.distance ?? Number.POSITIVE_INFINITY) <= distance))
      nearest.set(request, { event, distance })
  }
  return new Map([...nearest].map(([request, { event }]) => [event, request]))
}

/**
 * Returns, for each entry of a page (newest first), whether this browser caused it; sign-ins are judged apart (`judgeSignIns`). Only
 * reads name their browser, so every other entry counts with the read that it belongs to: a renewed token with the next one, a proof
 * with the one before. Nothing from before its journals is its own.
 *
 * @param isNewest whether nothing is newer than the page. The next read is then the one that fetched it, by this browser.
 * @param since when the first journal of this browser at the organization began; milliseconds since 1970.
 */
export const areOfBrowser = (
  events: readonly Json[],
  entries: readonly Pick<AccessEntry, 'renewed' | 'recorded'>[],
  {
    requester,
    matched,
    isNewest,
    since,
  }: { requester: Requester; matched: ReadonlyMap<Json, OwnRequest>; isNewest: boolean; since: number },
): boolean[] => {
  const reads = events.map((event) => (isRead(event, requester) ? matched.has(event) : undefined))
  const newer = lastKnown(reads, isNewest || undefined)
  const older = lastKnown(reads.toReversed()).toReversed()
  return entries.map(({ renewed, recorded }, place) => {
    const [nearest, otherwise] = renewed ? [newer, older] : [older, newer]
    return reads[place] ?? ((nearest[place] ?? otherwise[place] ?? false) && Date.parse(recorded) >= since)
  })
}

/** Fills each gap with the value before it, and the first one with `first`. */
const lastKnown = (values: readonly (boolean | undefined)[], first?: boolean): (boolean | undefined)[] => {
  let known = first
  return values.map((value) => {
    known = value ?? known
    return known
  })
}

/** Subtypes that read the record; sign-ins and proofs do not. */
const readSubtypes = ['read', 'search', 'operation', 'vread', 'history']

/** Checks whether an entry is a read by this person through this application. */
export const isRead = (event: Json, requester: Requester): boolean =>
  objects(event.subtype).some(({ code }) => readSubtypes.includes(String(code))) &&
  isThroughApplication(event, requester) &&
  isByPerson(event, requester)

/**
 * Checks the type that an entry names. An entry that names none passes, because not every log states the requested type in this
 * form.
 */
const isOfType = ({ entity }: Json, what: string): boolean => {
  const types = objects(entity).flatMap(({ what: target, role, query }) => {
    const reference = object(role).code === '4' ? text(object(target).reference) : undefined
    const path = reference ?? decode(query)
    const type = path && /(?:^|\/)([A-Z][A-Za-z]+)(?=[/?]|$)/.exec(path)?.[1]
    return type ? [type] : []
  })
  return types.length === 0 || types.includes(what)
}

const decode = (query: unknown): string | undefined => {
  try {
    return atob(text(query) ?? '')
  } catch {
    return undefined
  }
}
