import { updating, writeTogether } from './area.ts'
import { items } from './items.ts'
import type { Owned, Owner } from './table.ts'

/** The owners that end with each owner: a grant with its connection, a log with its provider. */
const goesWith: Record<Owner, readonly Owner[]> = {
  grant: ['grant'],
  connection: ['connection', 'grant'],
  log: ['log'],
  provider: ['provider', 'log'],
}

/** Returns every item that stores something of such an owner. */
export const ownedBy = (owner: Owner): Owned<unknown>[] =>
  Object.values<object>(items)
    .filter((item): item is Owned<unknown> => 'owners' in item)
    .filter(({ owners }) => owners.some((each) => goesWith[owner].includes(each)))

/**
 * Deletes everything that these owners own, in one write for each area: if the worker is stopped, an area is deleted completely
 * or not at all. `local` comes first, because a read in between would restore a session from its grant.
 */
export const forget = async (owner: Owner, ids: readonly string[]): Promise<void> => {
  for (const area of ['local', 'session'] as const)
    await updating(area, async () => {
      const left: Record<string, unknown> = {}
      for (const item of ownedBy(owner).filter((each) => each.area === area)) {
        const before = await item.get()
        const after = item.keep(before, (id) => !ids.includes(id))
        if (after !== before) left[item.key] = after
      }
      if (Object.keys(left).length > 0) await writeTogether(area, left)
    })
}

/** Deletes what is stored of a provider's log, because it must not be compared with the log of another organization. */
export const forgetLog = async (providerId: string): Promise<void> => {
  const connections = Object.values(await items.connections.get())
  const itsOwn = connections.filter((connection) => connection.providerId === providerId)
  await forget('log', [providerId, ...itsOwn.map(({ id }) => id)])
}
