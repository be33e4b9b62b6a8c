import type { Sessions } from '../auth/session.ts'
import { type Access, type Client, createClient } from '../fhir/client.ts'
import { type allowances, beginAsking } from '../net/asking.ts'
import { journalOf } from './own-requests.ts'

/**
 * Opens a connection's record for one asking; every read goes into the journal.
 *
 * @param signal aborts when nobody waits for the answer any more.
 * @throws as `sessions.access`.
 */
export const openRecord = async (
  sessions: Sessions,
  connectionId: string,
  kind: keyof typeof allowances,
  signal?: AbortSignal,
): Promise<{ access: Access; client: Client }> => {
  const patient = (await sessions.find(connectionId))?.patient?.id
  const access = {
    ...(await sessions.access(connectionId, beginAsking(kind, signal))),
    journal: journalOf(sessions.requests, connectionId, patient),
  }
  return { access, client: createClient(access) }
}
