import type { Sessions } from '../auth/session.ts'
import { type Access, type Client, createClient } from '../fhir/client.ts'
import { journalOf } from './own-requests.ts'

/** A way to a connection's record, of which every read is kept. Throws as `sessions.access`. */
export const openRecord = async (
  sessions: Sessions,
  connectionId: string,
): Promise<{ access: Access; client: Client }> => {
  const patient = (await sessions.find(connectionId))?.patient?.id
  const access = { ...(await sessions.access(connectionId)), journal: journalOf(connectionId, patient) }
  return { access, client: createClient(access) }
}
