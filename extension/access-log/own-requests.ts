import browser, { type Storage } from 'webextension-polyfill'
import type { Access } from '../fhir/client.ts'
import { type OwnRequest, type RequestJournal, shows } from '../fhir/request-journal.ts'
import { isFull } from '../storage/area.ts'
import { items, type StoredConnection } from '../storage/items.ts'
import type { OwnRequests } from '../storage/stored-log.ts'

const DAY = 86_400_000
const longest = 30 * DAY
const most = 2000
/** Requests that are under way together. */
const together = 60_000
const requestId = /^[\x21-\x7e]{1,128}$/

type Connections = Record<string, StoredConnection>

/**
 * Keeps which reads are sent, for 30 days and 2,000 of a connection at most: what an access log is held against. `key` is
 * the connection, or the FHIR base while somebody signs in there.
 */
export const journalOf = (key: string, patient?: string): RequestJournal => ({
  sent: async ({ id, what }) => {
    const now = Date.now()
    if (!(await findLiving())(key)) return
    await write((all) => ({ ...all, [key]: add(all[key], { id, at: now, what }, now) }))
    // It may have been removed meanwhile.
    await forgetUnconnected()
  },

  answered: async ({ id, named, date, resource }) => {
    const shown = patient !== undefined && shows(resource, patient)
    const servedAt = Date.parse(date ?? '')
    const connections = await items.connections.get()
    if (!(await items.ownRequests.has(key))) return
    await write((all) => {
      const own = all[key]
      if (!own) return all
      const others = sentTo(baseOf(key, connections), all, connections).filter((other) => other.id !== id)
      // Two requests of one id would count as one.
      const isNamed = named !== null && requestId.test(named) && !others.some((other) => other.id === named)
      const requests = own.requests.map((request) =>
        request.id === id
          ? {
              ...request,
              id: isNamed ? named : id,
              ...(!Number.isNaN(servedAt) && { servedAt }),
              ...(shown && { shown: true as const }),
            }
          : request,
      )
      return { ...all, [key]: { ...own, requests } }
    })
  },
})

/** Forgets what was sent where nobody is connected, and nobody signs in. */
export const forgetUnconnected = async (): Promise<void> => {
  const isLiving = await findLiving()
  await items.ownRequests.update((all) => items.ownRequests.keep(all, isLiving))
}

/** As soon as a connection, or a sign-in, is gone: a sign-in that came to nothing leaves no trace of where it was. */
export const watchConnections = (): void => {
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (items.connections.key in changes || items.flow.key in changes) await forgetUnconnected()
  })
}

/** Which keys stand for a connection, for where it leads, or for where a sign-in that is under way may lead. */
const findLiving = async (): Promise<(key: string) => boolean> => {
  const [connections, flow] = await Promise.all([items.connections.get(), items.flow.get()])
  const bases = Object.values(connections).map(({ fhirBase }) => fhirBase)
  return (key) =>
    Object.hasOwn(connections, key) || bases.includes(key) || (flow?.status === 'open' && URL.canParse(key))
}

/** When what was kept found no room. */
let lostAt = Number.NEGATIVE_INFINITY

/** Where no room is left all of it begins anew: a read that cannot be written down is a read all the same. */
const write = async (change: (all: Record<string, OwnRequests>) => Record<string, OwnRequests>) => {
  try {
    await items.ownRequests.update(change)
  } catch (error) {
    if (!isFull(error)) throw error
    lostAt = Date.now()
    await items.ownRequests.remove()
  }
}

/** A journal for whoever signs in: which connection it will be is not known yet. */
export const withSignInJournal = (access: Access): Access => ({
  ...access,
  journal: journalOf(access.fhirBase),
})

/**
 * What this browser sent to a connection's organization: over the connection, and otherwise. What was sent to another one is
 * not among it: an organization names the requests it answers, and could name them after reads in somebody else's log.
 */
export const requestsFor = async ({
  id,
  fhirBase,
}: StoredConnection): Promise<{ own: OwnRequests | undefined; others: OwnRequest[] }> => {
  const { [id]: own, ...rest } = await items.ownRequests.get()
  return { own, others: sentTo(fhirBase, rest, await items.connections.get()) }
}

const sentTo = (base: string, all: Record<string, OwnRequests>, connections: Connections): OwnRequest[] =>
  Object.entries(all).flatMap(([key, { requests }]) => (baseOf(key, connections) === base ? requests : []))

/** A connection never changes its FHIR base. */
const baseOf = (key: string, connections: Connections): string => connections[key]?.fhirBase ?? key

/** The oldest go first; `since` then says from when on all are there, the ones that were under way together apart. */
const add = (
  own: OwnRequests | undefined,
  request: OwnRequests['requests'][number],
  now: number,
): OwnRequests => {
  const { since, requests } = own ?? { since: Math.max(now, lostAt + together), requests: [] }
  const kept = [...requests.filter(({ at }) => at > now - longest), request].slice(-most)
  const isCut = kept.length <= requests.length
  return { since: isCut ? Math.max(since, (kept[0]?.at ?? now) + together) : since, requests: kept }
}
