import { parseAddress } from '../../../values/parse-address.ts'
import { isTypeName } from '../../fhir/reference.ts'
import { type Json, object, objects, text } from '../../fhir/resource.ts'
import { type AccessEntry, isOfData } from '../../messages/log-entries.ts'
import { segmentsWithin } from '../../net/address.ts'
import type { OwnRequest } from '../../storage/stored-log.ts'
import { accessKindOf } from '../entries/kind-of-entry.ts'
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
    if (!request || !isRecordAccess(event, requester) || !mayBe(request, event, requester)) continue
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
  const reads = events.map((event) => (isRecordAccess(event, requester) ? matched.has(event) : undefined))
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

/**
 * Checks whether an entry is an access to the record, as it is shown, by this person through this application; sign-ins and proofs are
 * none.
 */
export const isRecordAccess = (event: Json, requester: Requester): boolean =>
  isOfData({ kind: accessKindOf(event) }) &&
  isThroughApplication(event, requester) &&
  isByPerson(event, requester)

/**
 * Checks whether an entry may be of a request: this browser never writes, and the type that the entry names is the requested one. An
 * unknown type may be any, because not every log states one, and neither does every page link.
 */
const mayBe = ({ what }: OwnRequest, event: Json, { fhirBase }: Requester): boolean => {
  if (accessKindOf(event) === 'write') return false
  const types = objects(event.entity).flatMap(({ what: target, role, query }) => {
    const reference = object(role).code === '4' ? text(object(target).reference) : undefined
    return typesIn(reference ?? decode(query) ?? '', fhirBase)
  })
  return what === '' || types.length === 0 || types.includes(what)
}

/**
 * Returns the type that a logged address names. If it does not begin with the base as this browser knows it, that may be any segment
 * that is written as a type: another part of the address may be too (`/api/FHIR/R4`).
 */
const typesIn = (address: string, fhirBase: string): string[] => {
  const url = parseAddress(address, { base: `${fhirBase}/` })
  const segments =
    (url && segmentsWithin(fhirBase, url)?.slice(0, 1)) ?? address.split(/[?#]/, 1)[0]?.split('/')
  return segments?.filter(isTypeName) ?? []
}

const decode = (query: unknown): string | undefined => {
  try {
    return atob(text(query) ?? '')
  } catch {
    return undefined
  }
}
