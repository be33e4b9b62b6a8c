import { ask } from '../../messages/ask.ts'
import type { Connection, RevocationOutcome, State } from '../../messages/state.ts'

/** A connection as it was before, and its organization's answer. */
export type EndedConnection = Connection & { outcome: RevocationOutcome }

export type Connections = Pick<State, 'connections' | 'launched'>

/** Returns all connections that are signed in, with the visits that a record system opened. */
export const allSignedIn = ({ connections, launched }: Connections): Connection[] =>
  [...connections, ...launched].filter(({ signedIn }) => signedIn)

/** Ends every grant, and returns the earlier connections, because a launched visit disappears from the state when it ends. */
export const endEverywhere = async (state: Connections): Promise<EndedConnection[]> => {
  const signedIn = allSignedIn(state)
  const answers = await ask('disconnect-everywhere')
  return answers.flatMap(({ connectionId, outcome }) => {
    const connection = signedIn.find(({ id }) => id === connectionId)
    return connection ? [{ ...connection, outcome }] : []
  })
}
