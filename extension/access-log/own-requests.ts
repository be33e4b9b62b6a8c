import browser, { type Storage } from 'webextension-polyfill'
import type { Access } from '../fhir/client.ts'
import { type OwnRequest, type RequestJournal, shows } from '../fhir/request-journal.ts'
import { isFull } from '../storage/area.ts'
import { items, type StoredConnection } from '../storage/items.ts'
import type { OwnRequests, RequestKey, RequestStore } from '../storage/stored-log.ts'

const DAY = 86_400_000
const longest = 30 * DAY
const most = 2000
/** Milliseconds within which requests count as concurrent. */
const together = 60_000
const requestId = /^[\x21-\x7e]{1,128}$/

type Connections = Record<string, StoredConnection>

/**
 * Creates a journal of the reads that this browser sends, to check an access log against: 30 days, and 2,000 reads of a
 * connection at most. `name` is the connection's id, or the FHIR base during a sign-in there.
 */
export const journalOf = (store: RequestStore, name: string, patient?: string): RequestJournal => {
  const sent = new Map<string, RequestKey>()
  return {
    sent: async ({ id, what }) => {
      const now = Date.now()
      if (!(await findLiving())(name)) return
      const key: RequestKey = [name, now, id]
      sent.set(id, key)
      await write(store, async () => {
        if ((await store.journals())[name] === undefined) await store.begin(name, Math.max(now, wholeSince()))
        await store.put(key, { id, at: now, what })
        await cut(store, name, now)
      })
      // The connection may have been removed meanwhile.
      await forgetUnconnected(store)
    },

    answered: async ({ id, named, date, resource }) => {
      const key = sent.get(id)
      if (!key) return
      const shown = patient !== undefined && shows(resource, patient)
      const servedAt = Date.parse(date ?? '')
      await write(store, async () => {
        const request = await store.find(key)
        if (!request) return
        await store.replace(key, {
          ...request,
          id: named !== null && (await isFree(store, key, named)) ? named : id,
          ...(!Number.isNaN(servedAt) && { servedAt }),
          ...(shown && { shown: true as const }),
        })
      })
    },
  }
}

/** Checks that an id is valid and unused at the organization, because two requests with one id would count as one. */
const isFree = async (store: RequestStore, own: RequestKey, id: string): Promise<boolean> => {
  if (!requestId.test(id)) return false
  const connections = await items.connections.get()
  const base = baseOf(own[0], connections)
  const others = (await store.bearing(id)).filter((key) => baseOf(key[0], connections) === base)
  return others.every((key) => String(key) === String(own))
}

/**
 * Deletes the oldest reads beyond the limits. The journal counts as complete from a minute after the oldest kept read, because
 * reads that were concurrent with it may be gone.
 */
const cut = async (store: RequestStore, name: string, now: number): Promise<void> => {
  const keys = await store.keys(name)
  const kept = keys.filter(([, at]) => at > now - longest).slice(-most)
  if (kept.length === keys.length) return
  const since = (await store.journals())[name] ?? now
  // Stored before the deletion, so that a worker that ends in between has not claimed more than there is.
  await store.begin(name, Math.max(since, (kept[0]?.[1] ?? now) + together))
  await store.remove(keys.slice(0, keys.length - kept.length))
}

/** Deletes journals that belong to no connection and to no open sign-in. */
export const forgetUnconnected = async (store: RequestStore): Promise<void> => {
  const isLiving = await findLiving()
  for (const name of Object.keys(await store.journals())) if (!isLiving(name)) await store.drop(name)
}

/** Deletes a journal as soon as its connection or sign-in is gone: a failed sign-in leaves no trace of where it was. */
export const watchConnections = (store: RequestStore): void => {
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (items.connections.key in changes || items.flow.key in changes) await forgetUnconnected(store)
  })
}

/**
 * Returns a function that checks whether a journal's name stands for a connection, its FHIR base, or a place where an open
 * sign-in may lead.
 */
const findLiving = async (): Promise<(name: string) => boolean> => {
  const [connections, flow] = await Promise.all([items.connections.get(), items.flow.get()])
  const bases = Object.values(connections).map(({ fhirBase }) => fhirBase)
  return (name) =>
    Object.hasOwn(connections, name) ||
    bases.includes(name) ||
    (flow?.status === 'open' && URL.canParse(name))
}

/** When storage was last too full for a request, in this life of the worker. */
let lostAt = Number.NEGATIVE_INFINITY
const wholeSince = (): number => lostAt + together

/**
 * Runs one change at a time. If storage is full, all journals start again, because a read that is not in its journal would look
 * like somebody else's.
 */
const write = (store: RequestStore, change: () => Promise<void>): Promise<void> =>
  navigator.locks.request('own-requests', async () => {
    try {
      await change()
    } catch (error) {
      if (!isFull(error)) throw error
      lostAt = Date.now()
      await store.clear().catch(() => undefined)
    }
  })

/** Moves the journals that an earlier version kept in an item. Call it when the worker starts. */
export const moveJournals = async (store: RequestStore): Promise<void> => {
  const all = Object.entries(await items.ownRequests.get())
  if (all.length === 0) return
  await write(store, async () => {
    for (const [name, { since, requests }] of all) {
      for (const request of requests) await store.put([name, request.at, request.id], request)
      await store.begin(name, since)
    }
  })
  await items.ownRequests.remove()
}

/** Adds a journal for a sign-in, under the FHIR base because the connection is not known yet. */
export const withSignInJournal = (store: RequestStore, access: Access): Access => ({
  ...access,
  journal: journalOf(store, access.fhirBase),
})

/**
 * Returns the reads that this browser sent to a connection's organization: over the connection, and otherwise. Reads at another
 * organization are not among them: an organization names the requests it answers, and could name them after reads in somebody
 * else's log.
 */
export const requestsFor = async (
  store: RequestStore,
  { id, fhirBase }: StoredConnection,
): Promise<{ own: OwnRequests | undefined; others: OwnRequest[] }> => {
  const connections = await items.connections.get()
  const { [id]: since, ...others } = await store.journals()
  const ofBase = Object.keys(others).filter((name) => baseOf(name, connections) === fhirBase)
  return {
    own:
      since === undefined
        ? undefined
        : { since: Math.max(since, wholeSince()), requests: await store.all(id) },
    others: (await Promise.all(ofBase.map(store.all))).flat(),
  }
}

/** Returns the FHIR base that a journal's name stands for. A connection never changes its FHIR base. */
const baseOf = (name: string, connections: Connections): string => connections[name]?.fhirBase ?? name
