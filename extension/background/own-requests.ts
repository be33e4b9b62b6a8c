import type { Access } from '../fhir/client.ts'
import { type OwnRequest, type RequestJournal, shows } from '../fhir/request-journal.ts'
import { items, type StoredConnection } from '../storage/items.ts'
import type { OwnRequests } from '../storage/stored-log.ts'

const DAY = 86_400_000
const longest = 30 * DAY
const most = 2000
const requestId = /^[\x21-\x7e]{1,128}$/

type Connections = Record<string, StoredConnection>

/**
 * Keeps which reads are sent, for 30 days and 2,000 of a connection at most: what an access log is held against. `key` is
 * the connection, or the FHIR base while somebody signs in there.
 */
export const journalOf = (key: string, patient?: string): RequestJournal => ({
  sent: async ({ id, what }) => {
    const now = Date.now()
    const connections = Object.values(await items.connections.get())
    const living = new Set([
      key,
      ...connections.flatMap((connection) => [connection.id, connection.fhirBase]),
    ])
    await items.ownRequests.update((all) => ({
      // A visit that a record system opened goes without a word when it is over.
      ...Object.fromEntries(Object.entries(all).filter(([each]) => living.has(each))),
      [key]: add(all[key], { id, at: now, what }, now),
    }))
  },

  answered: async ({ id, named, date, resource }) => {
    const shown = patient !== undefined && shows(resource, patient)
    const servedAt = Date.parse(date ?? '')
    const connections = await items.connections.get()
    await items.ownRequests.update((all) => {
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
  const { since, requests } = own ?? { since: now, requests: [] }
  const kept = [...requests.filter(({ at }) => at > now - longest), request].slice(-most)
  const isCut = kept.length <= requests.length
  return { since: isCut ? Math.max(since, (kept[0]?.at ?? now) + 60_000) : since, requests: kept }
}
