import { items, type StoredConnection } from '../storage/items.ts'
import { forgetLog } from './forget-log.ts'
import type { Providers } from './providers.ts'
import { withoutConnection } from './same-person.ts'

/** Forgets the name, and with a provider's last connection also what was kept of its access log. Nobody is signed in any more. */
export const forgetConnection = async ({ id, providerId, fhirBase }: StoredConnection): Promise<void> => {
  const left = await items.connections.update((all) => withoutConnection(all, id))
  await items.logAlarms.update(({ [id]: _removed, ...rest }) => rest)
  await items.ownRequests.update(({ [id]: _sent, ...rest }) => rest)
  await items.logSeen.update(({ [id]: _seen, ...rest }) => rest)
  await items.knownEntries.update(({ [id]: _known, ...rest }) => rest)
  if (Object.values(left).some((other) => other.providerId === providerId)) return
  await forgetLog(providerId)
  await items.ownRequests.update(({ [fhirBase]: _sent, ...rest }) => rest)
}

/** No page would show them, and nothing else would remove their names. To be called when the worker starts. */
export const forgetWithoutProvider = async ({ isGone }: Pick<Providers, 'isGone'>): Promise<void> => {
  for (const connection of Object.values(await items.connections.get()))
    if (await isGone(connection.providerId)) await forgetConnection(connection)
}
