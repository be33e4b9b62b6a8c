import browser, { type Storage } from 'webextension-polyfill'
import type { RecordAccess, RequestJournal } from '../../fhir/client.ts'
import { typeAndId } from '../../fhir/reference.ts'
import { entriesOf, type Json, object, objects } from '../../fhir/resource.ts'
import { isFull } from '../../storage/area.ts'
import { items, type StoredConnection } from '../../storage/items.ts'
import type { OwnRequest, RequestKey, RequestStore, StoredJournal } from '../../storage/stored-log.ts'

const DAY = 86_400_000
const longestAge = 30 * DAY
const mostReads = 2000
/** Milliseconds within which requests count as concurrent. */
const concurrency = 60_000
/** The `what` of a row that is no read, but a sign-in; its id is that of the request for a token. */
export const signIn = 'sign-in'
const requestId = /^[\x21-\x7e]{1,128}$/

type Connections = Record<string, StoredConnection>

/**
 * Creates a journal of the reads that this browser sends, to check an access log against. It holds 30 days, and at most 2,000
 * reads of a connection. `name` is the connection's id, or the FHIR base during a sign-in there.
 */
export const journalOf = (store: RequestStore, name: string, patient?: string): RequestJournal => {
  const keys = new Map<string, RequestKey>()
  return {
    recordSent: async ({ id, what }) => {
      const now = Date.now()
      if (!(await findCurrentJournals())(name)) return
      const key: RequestKey = [name, now, id]
      keys.set(id, key)
      await write(async () => {
        const since = Math.max(now, completeSince())
        const { count, oldest } = await store.put(key, { id, at: now, what }, since)
        if (count > mostReads || oldest <= now - longestAge) await trim(store, name, now)
      }, store)
      // The connection may have been removed meanwhile.
      if (!(await findCurrentJournals())(name)) await store.drop(name)
    },

    recordAnswer: async ({ id, responseId, date, resource }) => {
      const key = keys.get(id)
      if (!key) return
      const isShown = patient !== undefined && resource !== undefined && isAboutPatient(resource, patient)
      const servedAt = Date.parse(date ?? '')
      await write(async () => {
        const connections = await items.connections.get()
        await store.change(key, responseId ?? id, (request, withId) => ({
          ...request,
          id: responseId !== null && isUnused(responseId, key, withId, connections) ? responseId : id,
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
const isUnused = (
  id: string,
  own: RequestKey,
  withId: readonly RequestKey[],
  connections: Connections,
): boolean => {
  if (!requestId.test(id)) return false
  const base = baseOf(own[0], connections)
  const others = withId.filter((key) => baseOf(key[0], connections) === base)
  return others.every((key) => String(key) === String(own))
}

/**
 * Deletes the oldest reads beyond the limits. The journal counts as complete from a minute after the oldest kept read, because
 * reads that were concurrent with it may be gone.
 */
const trim = async (store: RequestStore, name: string, now: number): Promise<void> => {
  const keys = await store.keys(name)
  const newestKeys = keys.filter(([, at]) => at > now - longestAge).slice(-mostReads)
  if (newestKeys.length === keys.length) return
  const since = (await store.journals())[name] ?? now
  // Stored before the deletion, so that the journal never claims too early a start if the worker ends in between.
  await store.begin(name, Math.max(since, (newestKeys[0]?.[1] ?? now) + concurrency))
  await store.remove(keys.slice(0, keys.length - newestKeys.length))
}

/** Deletes journals that belong to no connection and to no open sign-in. */
export const forgetUnconnected = async (store: RequestStore): Promise<void> => {
  const isCurrent = await findCurrentJournals()
  for (const name of Object.keys(await store.journals())) if (!isCurrent(name)) await store.drop(name)
}

/** Deletes a journal as soon as its connection or sign-in is gone: a failed sign-in leaves no trace of where it was. */
export const watchConnections = (store: RequestStore): void => {
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (items.connections.key in changes || items.flow.key in changes) await forgetUnconnected(store)
  })
}

/**
 * Returns a function that checks whether a journal is still needed: its name is a connection's id or FHIR base, or any address
 * while a sign-in is open.
 */
const findCurrentJournals = async (): Promise<(name: string) => boolean> => {
  const [connections, flow] = await Promise.all([items.connections.get(), items.flow.get()])
  const bases = Object.values(connections).map(({ fhirBase }) => fhirBase)
  return (name) =>
    Object.hasOwn(connections, name) ||
    bases.includes(name) ||
    (flow?.status === 'open' && URL.canParse(name))
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
      await store.clear().catch(() => undefined)
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
  const connections = await items.connections.get()
  const { [id]: since, ...others } = await store.journals()
  const ofBase = Object.keys(others).filter((name) => baseOf(name, connections) === fhirBase)
  const requests = (await Promise.all(ofBase.map(store.all))).flat()
  return {
    own:
      since === undefined
        ? undefined
        : { since: Math.max(since, completeSince()), requests: await store.all(id) },
    others: requests.filter(({ what }) => what !== signIn),
    signIns: requests.filter(({ what }) => what === signIn),
    since: Math.min(since ?? Date.now(), ...ofBase.map((name) => others[name] ?? Date.now())),
  }
}

/** Returns the FHIR base that a journal's name stands for. A connection never changes its FHIR base. */
const baseOf = (name: string, connections: Connections): string => connections[name]?.fhirBase ?? name

/** Checks whether a resource is certainly about the patient; one that names no patient is not. */
export const isAboutPatient = (resource: Json, patient: string): boolean => {
  if (resource.resourceType === 'Bundle')
    return entriesOf(resource).some((entry) => isAboutPatient(object(entry.resource), patient))
  if (resource.resourceType === 'Patient') return resource.id === patient
  const { subject, patient: patientReference, entity } = resource
  const about = [subject, patientReference, ...objects(entity).map(({ what }) => what)]
  return about.some((reference) => refersTo(object(reference).reference, patient))
}

const refersTo = (reference: unknown, patient: string): boolean =>
  typeof reference === 'string' && typeAndId(reference) === `Patient/${patient}`
