import { forget, forgetLog, forgetUnconnected } from '../../storage/forget.ts'
import { items, type StoredConnection } from '../../storage/items.ts'
import type { Providers } from '../provider/providers.ts'
import type { Sessions } from './session.ts'

/** Deletes a connection that is signed out and, with the provider's last one, what was kept of its access log. */
export const forgetConnection = async (
  { requests }: Pick<Sessions, 'requests'>,
  { id, providerId }: StoredConnection,
): Promise<void> => {
  await forget('connection', [id])
  await forgetUnconnected(requests)
  const remaining = Object.values(await items.connections.get())
  if (!remaining.some((other) => other.providerId === providerId)) await forgetLog(providerId)
}

/**
 * Deletes connections whose provider is gone: no page shows them, and nothing else would delete their names. Call when the worker
 * starts.
 */
export const forgetWithoutProvider = async ({
  providers,
  sessions,
}: {
  providers: Pick<Providers, 'isGone'>
  sessions: Sessions
}): Promise<void> => {
  for (const connection of Object.values(await items.connections.get()))
    if (await providers.isGone(connection.providerId)) await forgetConnection(sessions, connection)
}
