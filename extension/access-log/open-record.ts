import type { ReadTerms } from '../auth/narrow-grant.ts'
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
): Promise<{ access: Access & { terms: ReadTerms }; client: Client }> => {
  const opened = await sessions.access(connectionId, beginAsking(kind, signal))
  const journal = journalOf(sessions.requests, connectionId, opened.terms.patient?.id)
  const access = { ...opened, journal }
  return { access, client: createClient(access) }
}
