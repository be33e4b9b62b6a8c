import { useLayoutEffect, useState } from 'preact/hooks'
import type { Connection, Provider, State } from '../../messages/state.ts'

/** Which organization a section is about, and through whose connection; `connectionId` once that person was shown. */
interface Binding {
  providerId?: string
  connectionId?: string
}

export const registersApplications = ({ can }: Connection): boolean => can.registerApplications

export interface BoundAdministrator {
  provider: Provider | undefined
  administrator: Connection | undefined
  /** The administrator who was shown and is signed out now. */
  ended: Connection | undefined
  choose: (providerId: string) => void
  /** Shows the administrator who has just signed in from this page. */
  show: (providerId: string, connectionId: string) => void
}

/**
 * The organization and the administrator of a section. Both stay as they are, whoever signs in or out elsewhere, so that
 * neither a log on screen nor a typed form becomes another organization's or another person's.
 */
export const useAdministrator = (
  state: State,
  isAdministrator: (connection: Connection) => boolean,
): BoundAdministrator => {
  const [binding, bind] = useState<Binding>(() => {
    const first = state.connections.find((each) => each.signedIn && isAdministrator(each))
    return first ? { providerId: first.providerId } : {}
  })
  const bound = boundTo(state, binding, isAdministrator)
  const { provider, administrator } = bound
  // Before the browser draws, so that no later state can come in between.
  useLayoutEffect(() => {
    if (provider && !binding.connectionId)
      bind({ providerId: provider.id, ...(administrator && { connectionId: administrator.id }) })
  }, [binding.connectionId, provider?.id, administrator?.id])
  return {
    ...bound,
    choose: (providerId) => bind({ providerId }),
    show: (providerId, connectionId) => bind({ providerId, connectionId }),
  }
}

export const boundTo = (
  { providers, connections }: Pick<State, 'providers' | 'connections'>,
  { providerId, connectionId }: Binding,
  isAdministrator: (connection: Connection) => boolean,
): Pick<BoundAdministrator, 'provider' | 'administrator' | 'ended'> => {
  const provider = providers.find(({ id }) => id === providerId) ?? providers[0]
  const candidates = connections.filter(
    (each) => each.providerId === provider?.id && (connectionId === undefined || each.id === connectionId),
  )
  return {
    provider,
    administrator: candidates.find((each) => each.signedIn && isAdministrator(each)),
    ended: connectionId === undefined ? undefined : candidates.find(({ signedIn }) => !signedIn),
  }
}
