import { readsWhole } from '../auth/scopes.ts'
import type { Sessions } from '../auth/session.ts'
import { checkLog, type LogResult } from '../fhir/check-log.ts'
import type { ListingEnd } from '../fhir/entry-counts.ts'
import { type Reconciled, type ReconciledEnd, reconcile } from '../fhir/reconcile.ts'
import type { OwnRequest } from '../fhir/request-journal.ts'
import type { Json } from '../fhir/resource.ts'
import type { LogProof, OwnReads } from '../messages/access-log.ts'
import type { Problem } from '../messages/errors.ts'
import { items } from '../storage/items.ts'

interface ReadPage {
  /** Undefined for the first. */
  address: string | undefined
  /** Only some of what may be seen was asked for: nothing that is not among it is missing. */
  filtered: boolean
  /** AuditEvents as they are shown. */
  events: Json[]
  next?: string
  warning?: Problem
  /** How the page before it ended. */
  before: ListingEnd | undefined
  reconciledBefore: ReconciledEnd | undefined
}

/**
 * Proves a page of the access log against the checkpoint that this browser kept of it, and keeps the newer one. Gives the
 * verdict, what this browser's own reads say of the page, and the place of the next one with what that has to join on to.
 */
export const proveLog = async (
  sessions: Sessions,
  connectionId: string,
  page: ReadPage,
): Promise<{ proof: LogProof; own?: OwnReads; next?: string }> => {
  const reconciled = await holdAgainstOwn(sessions, connectionId, page)
  const { proof, end } = await within(longest, checkAndKeep(sessions, connectionId, page))
  return {
    proof,
    ...(reconciled && { own: { foreign: reconciled.foreign, missing: reconciled.missing.map(toRead) } }),
    ...(page.next !== undefined && {
      next: writePlace({ address: page.next, end, reconciled: reconciled?.end }),
    }),
  }
}

/** However slow the proofs come, the list is not held back longer. */
const longest = 15_000

/** A verdict that comes later still moves the checkpoint, and still raises the alarm. */
const checkAndKeep = async (sessions: Sessions, connectionId: string, page: ReadPage): Promise<LogResult> => {
  const result = await check(sessions, connectionId, page)
  await keepAlarm(connectionId, page.address ?? '', result.proof)
  return result
}

const within = async (milliseconds: number, verdict: Promise<LogResult>): Promise<LogResult> => {
  const late = Promise.withResolvers<LogResult>()
  const unchecked: LogResult = { proof: { outcome: 'unchecked', problem: { code: 'too-slow' } } }
  const timer = setTimeout(() => late.resolve(unchecked), milliseconds)
  try {
    return await Promise.race([verdict, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

const toRead = ({ id, at, what }: OwnRequest) => ({ id, at, what })

/** Only where the list is everything about one patient: what was not allowed to be seen is not missing. */
const holdAgainstOwn = async (
  sessions: Sessions,
  connectionId: string,
  page: ReadPage,
): Promise<Reconciled | undefined> => {
  const session = await sessions.find(connectionId)
  if (page.filtered || !session?.patient || !readsWhole(session.scope, 'AuditEvent')) return undefined
  const { [connectionId]: connection } = await items.connections.get()
  const all = await items.ownRequests.get()
  const own = all[connectionId]
  if (!connection || !own) return undefined
  return reconcile({
    events: page.events,
    own,
    known: new Set(Object.values(all).flatMap(({ requests }) => requests.map(({ id }) => id))),
    requester: { clientId: session.clientId, subject: connection.subject, patient: session.patient.id },
    before: page.reconciledBefore,
    last: isLast(page),
    now: Date.now(),
  })
}

const check = async (sessions: Sessions, connectionId: string, page: ReadPage): Promise<LogResult> => {
  const session = await sessions.find(connectionId)
  if (!session) return { proof: { outcome: 'unchecked', problem: { code: 'signed-out' } } }
  const { providerId } = session
  const log = await sessions.accessLog(connectionId)
  // One at a time: two answers that continue the same checkpoint need not continue each other.
  return navigator.locks.request(`access-log:${providerId}`, async () => {
    const kept = (await items.checkpoints.get())[providerId]
    if (!log)
      return {
        proof: kept
          ? { outcome: 'alarm', reason: 'withdrawn', since: kept.keptAt }
          : { outcome: 'unprovable' },
      } as const
    const whole = !page.filtered && readsWhole(session.scope, 'AuditEvent')
    const patient = whole ? session.patient?.id : undefined
    const result = await checkLog(log, {
      kept,
      events: page.events,
      listing: patient === undefined ? undefined : { patient, before: page.before, last: isLast(page) },
      now: Date.now(),
    })
    const { keep } = result
    if (keep) await items.checkpoints.update((all) => ({ ...all, [providerId]: keep }))
    return result
  })
}

/** An alarm is seen on the toolbar as well, until the very page that raised it is proven; another page says nothing of it. */
const keepAlarm = async (connectionId: string, page: string, { outcome }: LogProof): Promise<void> => {
  if (outcome === 'alarm') await items.logAlarms.update((all) => ({ ...all, [connectionId]: page }))
  else if (outcome === 'proven' && (await items.logAlarms.get())[connectionId] === page)
    await items.logAlarms.update(({ [connectionId]: _over, ...others }) => others)
}

const isLast = ({ next, warning }: ReadPage): boolean => next === undefined && warning === undefined

/** Where the next page is, and what it has to join on to. */
interface Place {
  address: string
  end?: ListingEnd | undefined
  reconciled?: ReconciledEnd | undefined
}

const writePlace = (place: Place): string => JSON.stringify(place)

/** Throws for what no earlier answer gave. */
export const readPlace = (next: string): Place => JSON.parse(next) as Place
