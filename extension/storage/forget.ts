import { updating, writeTogether } from './area.ts'
import { items } from './items.ts'
import type { Owned, Owner } from './table.ts'

/** A grant ends with its connection, and a log is of its provider. */
const goesWith: Record<Owner, readonly Owner[]> = {
  grant: ['grant'],
  connection: ['connection', 'grant'],
  log: ['log'],
  provider: ['provider', 'log'],
}

/** Every item that holds something of such an owner. */
export const ownedBy = (owner: Owner): Owned<unknown>[] =>
  Object.values<object>(items)
    .filter((item): item is Owned<unknown> => 'owners' in item)
    .filter(({ owners }) => owners.some((each) => goesWith[owner].includes(each)))

/**
 * Deletes everything that these own, in one write for each area: whenever the worker is stopped, all of an area is deleted, or
 * nothing. `local` comes first, for whoever looks in between would bring a session back from its grant.
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

/** Another organization has another log: what was kept of this one, and held against it, says nothing of that. */
export const forgetLog = async (providerId: string): Promise<void> => {
  const connections = Object.values(await items.connections.get())
  const itsOwn = connections.filter((connection) => connection.providerId === providerId)
  await forget('log', [providerId, ...itsOwn.map(({ id }) => id)])
}
