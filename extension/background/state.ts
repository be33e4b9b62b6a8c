import { findFlow } from '../auth/flow.ts'
import { ownRedirectUri, type Providers } from '../auth/providers.ts'
import { abilities } from '../auth/scopes.ts'
import type { Sessions } from '../auth/session.ts'
import type { Connection, Provider, State } from '../messages/state.ts'
import { items, type StoredConnection } from '../storage/items.ts'

/** Where things stand, as pages draw it: no token, no secret, no address of a token endpoint. */
export const describeState = async (services: {
  providers: Providers
  sessions: Sessions
}): Promise<State> => {
  const providers = await services.providers.describe()
  const stored = Object.values(await items.connections.get())
  const connections = await Promise.all(
    stored.map((connection) => describeConnection(connection, providers, services.sessions)),
  )
  const flow = await findFlow()
  return {
    providers,
    connections: connections.flat(),
    ...(flow && { flow }),
    place: await items.place.get(),
    redirectUri: ownRedirectUri(),
  }
}

const describeConnection = async (
  { id, providerId, person, endedBy }: StoredConnection,
  providers: Provider[],
  sessions: Sessions,
): Promise<Connection[]> => {
  const provider = providers.find((candidate) => candidate.id === providerId)
  if (!provider) return []
  const session = await sessions.find(id)
  return [
    {
      id,
      providerId,
      providerName: provider.name,
      hue: provider.hue,
      person,
      ...(session?.patient && { patient: session.patient }),
      signedIn: session !== undefined,
      ...(!session && endedBy && { endedBy }),
      staysConnected: session?.staysConnected ?? false,
      ...(session?.endsAt !== undefined && { endsAt: session.endsAt }),
      can: abilities(session?.scope ?? '', session?.patient !== undefined),
    },
  ]
}
