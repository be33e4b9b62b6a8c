import { compartmentsOf, type Reach } from '../../fhir/access/decide-access.ts'
import { Disclosure } from '../../fhir/access/disclosure.ts'
import type { SharedSource, StoredResource } from '../../fhir/access/source.ts'
import { embeddedSource } from '../../fhir/embedded-source.ts'
import { FhirError, isUpstreamLarge, resourceGone, resourceLarge } from '../../fhir-error.ts'
import { elementsOfPatients } from '../../query/patient-elements.ts'
import type { Db } from '../../store/schema.ts'
import type { Report } from '../transport/send.ts'
import type { Upstream, UpstreamResource } from '../transport/upstream.ts'
import { everythingUpstream } from './everything-upstream.ts'
import { allPatients } from './named-upstream.ts'
import { isWithin, rowOf } from './row.ts'
import { concernedRow, patientsOfRows, refusedAfter, refusedFor } from './row-patients.ts'
import { searchUpstream, type UpstreamDeps } from './search-upstream.ts'
import { type LentUpstream, sharedUpstream } from './shared-upstream.ts'
import { CUT, DOUBTS, STRAY } from './walk.ts'

/** Entries of a batch that are worked on at the same time, because most of the time upstream is waited for. */
const AT_ONCE = 4

/**
 * Another FHIR server as the source of the records. Nothing from it is stored: every request asks it again, and access to every
 * resource is decided when it arrives. The access log stays the organization's own.
 */
export const upstreamSource = (
  deps: { readonly upstream: Upstream; readonly report: Report },
  db: Db,
): SharedSource => {
  const { upstream } = deps
  const timesSaid = new Map([STRAY, CUT, ...Object.values(DOUBTS)].map((sentence) => [sentence, 0]))
  const report: Report = (sentence, details) => {
    const said = timesSaid.get(sentence)
    if (said === undefined) return deps.report(sentence, details)
    const times = said + 1
    timesSaid.set(sentence, times)
    // There may be thousands of them: the 1st, 10th, 100th … is said.
    if (/^10*$/.test(String(times))) deps.report(sentence, { ...details, times })
  }
  const shareFor = sharedUpstream(upstream)
  const askedBy: SharedSource['askedBy'] = (asker) => {
    const lend = shareFor(asker)
    const own = embeddedSource(db, (names) =>
      lend((upstream) => allPatients({ upstream, report }, { type: 'Patient', ...names })),
    )
    return {
      read: (type, id, reach) =>
        type === 'AuditEvent'
          ? own.read(type, id, reach)
          : lend((upstream) => readUpstream({ upstream, report }, type, id, reach)),
      search: (query, reach, after, reachOf) =>
        query.type === 'AuditEvent'
          ? own.search(query, reach, after, reachOf)
          : lend((upstream) => searchUpstream({ upstream, report }, query, reach, after, reachOf)),
      everything: (query, reachOf, after) =>
        lend((upstream) => everythingUpstream({ upstream, report }, query, reachOf, after)),
      streamTexts: (entries) => own.streamTexts(entries),
      offer: () => upstream.offer(),
      atOnce: AT_ONCE,
    }
  }
  return { askedBy, offer: () => upstream.offer() }
}

/**
 * Reads a resource and decides on it. A resource that is out of reach gets the same answer as one that does not exist, after the
 * same single request. A resource that cannot be decided on gets that answer too, because it may be another patient's; only the
 * operator's log mentions it, unless upstream answers nobody. Of one that is too large, only its readers are told that. For a patient's own reach, the id alone shows that another Patient is
 * outside it, so upstream is not asked.
 */
const readUpstream = async (
  { upstream, report }: UpstreamDeps,
  type: string,
  id: string,
  reach: Reach,
): Promise<Disclosure<StoredResource | undefined>> => {
  const compartments = compartmentsOf(reach)
  const isElsewhere = type === 'Patient' && compartments && !compartments.includes(id)
  const isOffered = !isElsewhere && (await upstream.offer()).get(type)?.read
  // Asked for before the answer is known, so that the time does not tell which it was.
  const health = isOffered && compartments && upstream.health()
  const isLimited = compartments === undefined && reach.some(({ limits }) => limits !== undefined)
  // Only who reaches all records, without a limit, may know of each that there is or was one.
  const mayKnow = !compartments && !isLimited
  const unlessWrong = async (error: unknown): Promise<'large' | undefined | Disclosure<never>> => {
    if (isUpstreamLarge(error))
      return type === 'Patient' && !isLimited ? refusedFor(resourceLarge(), id) : 'large'
    if (type === 'Patient') return refusedFor(error, id)
    const isWrong = error instanceof FhirError && error.status === 502
    if (!isWrong || (await health) !== 'working') throw error
  }
  const found = isOffered ? await upstream.read(type, id).catch(unlessWrong) : undefined
  await health
  if (found instanceof Disclosure) return found
  // Of anything else that was deleted, nobody knows whose it was.
  if (found === 'gone' && mayKnow && type === 'Patient') return refusedFor(resourceGone(), id)
  const isLarge = found === 'large'
  const resource = isLarge ? await readOutline(upstream, type, id) : found
  if (!resource || resource === 'gone' || resource.type !== type || resource.id !== id)
    return Disclosure.of(undefined, { patients: [] })
  const row = rowOf(resource)
  if (row.isStray) report(STRAY, { type, id })
  // An outline cannot show that it is within a limit.
  const isReached = isWithin(row, isLarge ? reach.filter(({ limits }) => !limits) : reach)
  if (row.wasCut()) report(CUT, { type, id })
  if (!isReached && !isLimited) return Disclosure.of(undefined, { patients: [] })
  const rowToLog = concernedRow(row)
  const concerned = await patientsOfRows({ upstream, report }, [rowToLog], () =>
    isReached ? reach : [{}],
  ).catch((error: unknown) => refusedAfter(error, [rowToLog], compartments, { owners: row.patients }))
  if (concerned instanceof Disclosure) return concerned
  const { patients, untold } = concerned
  if (!isReached || untold.size > 0) return Disclosure.of(undefined, { patients })
  const owners = row.patients.length > 1 || !compartments ? row.patients : compartments
  if (isLarge) return Disclosure.refused(resourceLarge(), { patients, owners })
  const { version, lastUpdated, json } = row
  return Disclosure.of(
    {
      id,
      ...(version !== undefined && { version }),
      ...(Number.isFinite(lastUpdated) && { lastUpdated }),
      json,
    },
    { patients, owners },
  )
}

/**
 * Reads of a resource that is too large only what says whose it is, so that only who may read it is told that. Any failure is answered as if
 * there were no resource, because there is none without one.
 */
const readOutline = async (
  upstream: LentUpstream,
  type: string,
  id: string,
): Promise<UpstreamResource | undefined> => {
  const offer = (await upstream.offer()).get(type)
  if (!offer?.search || !offer.parameters.has('_id')) return undefined
  const parameters = new URLSearchParams({ _id: id, _elements: elementsOfPatients(type).join() })
  const page = await upstream.search(type, parameters).catch(() => undefined)
  return page?.resources.find((each) => each.type === type && each.id === id)
}
