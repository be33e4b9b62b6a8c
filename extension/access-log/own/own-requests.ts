import browser, { type Storage } from 'webextension-polyfill'
import type { RecordAccess, RequestJournal } from '../../fhir/client.ts'
import { typeAndId } from '../../fhir/reference.ts'
import { entriesOf, type Json, object, objects } from '../../fhir/resource.ts'
import { isFull } from '../../storage/area.ts'
import { findNeededJournals, forgetUnconnected } from '../../storage/forget.ts'
import { items, type StoredConnection } from '../../storage/items.ts'
import {
  baseOfJournal,
  concurrency,
  mostWrong,
  type OwnRequest,
  type RequestKey,
  type RequestStore,
  readsAt,
  type StoredJournal,
} from '../../storage/stored-log.ts'
import { patience } from './reconcile.ts'

const DAY = 86_400_000
const longestAge = 30 * DAY
const mostReads = 2000
/** The `what` of a row that is no read, but a sign-in; its id is that of the request for a token. */
export const signIn = 'sign-in'
const requestId = /^[\x21-\x7e]{1,128}$/

/**
 * Creates a journal of the reads that this browser sends, to check an access log against. It holds 30 days, longer what
 * was not compared yet, and at most 2,000 reads at an organization.
 *
 * @param reader the connection, and the patient whom it is about; absent during a sign-in.
 */
export const journalOf = (
  store: RequestStore,
  fhirBase: string,
  reader?: { connection: string; patient: string | undefined },
): RequestJournal => {
  const name = reader ? readsAt(fhirBase) : fhirBase
  const { connection, patient } = reader ?? {}
  const keys = new Map<string, RequestKey>()
  return {
    recordSent: async ({ id, what }) => {
      const now = Date.now()
      if (!(await findNeededJournals())(name)) return
      const key: RequestKey = [name, now, id]
      keys.set(id, key)
      await write(async () => {
        const since = Math.max(now, completeSince())
        const { count, oldest } = await store.put(
          key,
          { id, at: now, what, ...(connection !== undefined && { connection }) },
          since,
        )
        if (count > mostReads || oldest <= now - longestAge) await trim(store, name, now)
      }, store)
      // The connection may have been removed meanwhile.
      if (!(await findNeededJournals())(name)) await store.drop(name)
    },

    recordAnswer: async ({ id, responseId, date, resource }) => {
      const key = keys.get(id)
      if (!key) return
      const isShown = patient !== undefined && resource !== undefined && isAboutPatient(resource, patient)
      const servedAt = Date.parse(date ?? '')
      await write(async () => {
        await store.change(key, responseId ?? id, (request, withId) => ({
          ...request,
          id: responseId !== null && isUnused(responseId, key, withId) ? responseId : id,
          ...(!Number.isNaN(servedAt) && { servedAt }),
          ...(request.what === signIn && { until: Date.now() }),
          ...(isShown && { shown: true as const }),
        }))
      }, store)
    },
  }
}

/**
 * Checks that an id is valid and that no other request to the organization has it (`withId`), because two requests with one id
 * would count as one.
 */
const isUnused = (id: string, own: RequestKey, withId: readonly RequestKey[]): boolean => {
  if (!requestId.test(id)) return false
  const others = withId.filter((key) => baseOfJournal(key[0]) === baseOfJournal(own[0]))
  return others.every((key) => String(key) === String(own))
}

/**
 * Deletes the oldest reads beyond the limits. The journal counts as complete from a minute after the oldest kept read, because
 * reads that were concurrent with it may be gone.
 */
const trim = async (store: RequestStore, name: string, now: number): Promise<void> => {
  const keys = await store.keys(name)
  const oldest = Math.min(now - longestAge, await comparedUntil(name))
  const newestKeys = keys.filter(([, at]) => at > oldest).slice(-mostReads)
  if (newestKeys.length === keys.length) return
  const deleted = keys.slice(0, keys.length - newestKeys.length)
  await store.remove(deleted, (newestKeys[0]?.[1] ?? now) + concurrency)
}

/** Returns until when all reads of a journal were compared with the logs; infinite if there is no log to compare them with. */
const comparedUntil = async (name: string): Promise<number> => {
  const [connections, logs] = await Promise.all([items.connections.get(), items.knownLogs.get()])
  const ids = Object.values(connections).flatMap(({ id, fhirBase }) => (readsAt(fhirBase) === name ? id : []))
  return Math.min(
    ...ids.flatMap((id) => logs[id]?.judgedAt ?? []).map((judgedAt) => judgedAt - mostWrong - patience),
  )
}

/** Deletes a journal as soon as nobody is connected or signs in there: a failed sign-in leaves no trace of where it was. */
export const watchConnections = (store: RequestStore): void => {
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (items.connections.key in changes || items.flow.key in changes) await forgetUnconnected(store)
  })
}

/** When storage was last too full for a request, in this run of the worker. */
let fullAt = Number.NEGATIVE_INFINITY
const completeSince = (): number => fullAt + concurrency

/** Waits until every change that began before is stored: nobody waits for what an answer adds to the row of its request. */
const untilWritten = (): Promise<void> => navigator.locks.request('own-requests', async () => undefined)

/**
 * Runs one change at a time. If storage is full, all journals start again, because a read that is not in its journal would look
 * like somebody else's.
 */
const write = (change: () => Promise<void>, store: RequestStore): Promise<void> =>
  navigator.locks.request('own-requests', async () => {
    try {
      await change()
    } catch (error) {
      if (!isFull(error)) throw error
      fullAt = Date.now()
      await store
        .makeRoom()
        .then(change)
        .catch(() => undefined)
    }
  })

/** Adds a journal for a sign-in, under the FHIR base because the connection is not known yet. */
export const withSignInJournal = (store: RequestStore, access: RecordAccess): RecordAccess => ({
  ...access,
  journal: journalOf(store, access.fhirBase),
})

/** What this browser did at an organization. */
export interface OwnRequests {
  /** Reads over the connection. */
  own: StoredJournal | undefined
  /** Reads while signing in, or over another connection. */
  others: OwnRequest[]
  signIns: OwnRequest[]
  /** When the first journal began. */
  since: number
}

/**
 * Returns the reads that this browser sent to a connection's organization, and its sign-ins there. Leaves out reads at other
 * organizations, because an organization chooses the ids of its answers and could copy them from somebody else's log.
 */
export const requestsFor = async (
  store: RequestStore,
  { id, fhirBase }: StoredConnection,
): Promise<OwnRequests> => {
  await untilWritten()
  const journals = await store.journals()
  const [reads, atSignIns] = await Promise.all([readsAt(fhirBase), fhirBase].map(store.all))
  const requests = [...(reads ?? []), ...(atSignIns ?? [])]
  const own = requests.filter(({ connection }) => connection === id)
  const { since, lost } = journals[readsAt(fhirBase)] ?? { since: Date.now() }
  const lostUntil = lost?.[id]
  const hasRead = own.length > 0 || lostUntil !== undefined
  return {
    own: hasRead
      ? {
          since: Math.max(since, own[0]?.at ?? since, completeSince()),
          lost: lostUntil,
          requests: own,
        }
      : undefined,
    others: requests.filter((request) => request.connection !== id && request.what !== signIn),
    signIns: requests.filter(({ what }) => what === signIn),
    since: Math.min(since, journals[fhirBase]?.since ?? since),
  }
}

/** Returns when this browser last read something of a record over its own connection; undefined if the journal knows of nothing. */
export const findLastRead = async (
  store: RequestStore,
  connectionId: string,
): Promise<number | undefined> => {
  const connection = await items.connections.find(connectionId)
  const { own } = connection ? await requestsFor(store, connection) : {}
  return own?.requests.findLast(({ shown, what }) => shown && what !== 'AuditEvent')?.at
}

/**
 * Checks whether a resource is certainly about the patient, or a Bundle holds one that is; one that names no patient is not. A Bundle
 * within it is not looked into: an organization chooses how deep they lie.
 */
export const isAboutPatient = (resource: Json, patient: string): boolean =>
  resource.resourceType === 'Bundle'
    ? entriesOf(resource).some((entry) => namesPatient(object(entry.resource), patient))
    : namesPatient(resource, patient)

const namesPatient = (resource: Json, patient: string): boolean => {
  if (resource.resourceType === 'Patient') return resource.id === patient
  const { subject, patient: patientReference, entity } = resource
  const about = [subject, patientReference, ...objects(entity).map(({ what }) => what)]
  return about.some((reference) => refersTo(object(reference).reference, patient))
}

const refersTo = (reference: unknown, patient: string): boolean =>
  typeof reference === 'string' && typeAndId(reference) === `Patient/${patient}`
