import { runUpdate, writeTogether } from './area.ts'
import type { OwnedItem, Owner } from './item.ts'
import { items, type StoredConnection, type WaitingRevocation } from './items.ts'
import { baseOfJournal, type RequestStore } from './stored-log.ts'

/** Which owners end together: a grant ends with its connection, a log with its provider. */
const dependents: Record<Owner, readonly Owner[]> = {
  grant: ['grant'],
  connection: ['connection', 'grant'],
  log: ['log'],
  provider: ['provider', 'log'],
}

/** Returns every item from which something is deleted when such an owner ends. */
export const ownedBy = (owner: Owner): OwnedItem<unknown>[] =>
  Object.values<object>(items)
    .filter((item): item is OwnedItem<unknown> => 'owners' in item)
    .filter(({ owners }) => owners.some((each) => dependents[owner].includes(each)))

/**
 * Deletes everything that these owners own, in one write for each area: if the worker is stopped, an area is deleted completely
 * or not at all. Starts with `local`, because otherwise a read in between would restore a session from its grant.
 *
 * @param revocation is stored in the same write, so that the tokens are never gone before it waits.
 */
export const forget = async (
  owner: Owner,
  ids: readonly string[],
  revocation?: WaitingRevocation,
): Promise<void> => {
  for (const area of ['local', 'session'] as const)
    await runUpdate(area, async () => {
      const changes: Record<string, unknown> = {}
      const { key, get } = items.revocations
      if (revocation && area === 'local') changes[key] = [...(await get()), revocation]
      for (const item of ownedBy(owner).filter((each) => each.area === area)) {
        const before = await item.get()
        const after = item.keep(before, (id) => !ids.includes(id))
        if (after !== before) changes[item.key] = after
      }
      if (Object.keys(changes).length > 0) await writeTogether(area, changes)
    })
}

/** Deletes everything stored about a provider's log, so that it is never compared with another organization's log. */
export const forgetLog = async (providerId: string): Promise<void> => {
  const connections = Object.values(await items.connections.get())
  const connectionsOfProvider = connections.filter((connection) => connection.providerId === providerId)
  await forget('log', [providerId, ...connectionsOfProvider.map(({ id }) => id)])
}

/**
 * Returns a function that checks whether a journal is still needed: somebody is connected at its FHIR base, whoever sent its requests,
 * because their entries are in that organization's log; or somebody is signing in.
 */
export const findNeededJournals = async (): Promise<(journal: string) => boolean> => {
  const [connections, flow] = await Promise.all([items.connections.get(), items.flow.get()])
  const bases = Object.values(connections).map(({ fhirBase }) => fhirBase)
  return (journal) => flow?.status === 'open' || bases.includes(baseOfJournal(journal))
}

/** Deletes the journals that are not needed. */
export const forgetUnconnected = async (store: RequestStore): Promise<void> => {
  const isNeeded = await findNeededJournals()
  for (const journal of Object.keys(await store.journals())) if (!isNeeded(journal)) await store.drop(journal)
}

/** Stores why a connection's session ended, for the page that lists it; does nothing if the connection was removed. */
export const recordEnd = async (
  connectionId: string,
  endedBy: NonNullable<StoredConnection['endedBy']>,
  endedAt = Date.now(),
): Promise<void> => {
  await items.connections.change(connectionId, (stored) => stored && { ...stored, endedBy, endedAt })
}
