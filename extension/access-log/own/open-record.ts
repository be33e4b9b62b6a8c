import type { ReadTerms } from '../../auth/grant/narrow-grant.ts'
import type { Sessions } from '../../auth/grant/session.ts'
import { type Client, createClient, type RecordAccess } from '../../fhir/client.ts'
import { isObject, type Json } from '../../fhir/resource.ts'
import { type allowances, beginAsking } from '../../net/asking.ts'
import { memberText } from '../../net/member-text.ts'
import type { EventTexts } from '../proof/log-leaf.ts'
import { journalOf } from './own-requests.ts'

interface OpenRecord {
  access: RecordAccess & { terms: ReadTerms }
  client: Client
}

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
): Promise<OpenRecord> => {
  const opened = await sessions.access(connectionId, beginAsking(kind, signal))
  const journal = journalOf(sessions.requests, opened.fhirBase, {
    connection: connectionId,
    patient: opened.terms.patient?.id,
  })
  const access = { ...opened, journal }
  return { access, client: createClient(access) }
}

/** Opens a connection's access log, whose entries are proven by their text. @throws as `sessions.access`. */
export const openLog = async (
  sessions: Sessions,
  connectionId: string,
  signal?: AbortSignal,
): Promise<OpenRecord & { texts: EventTexts }> => {
  const { access } = await openRecord(sessions, connectionId, 'log', signal)
  const texts = new WeakMap<Json, string>()
  return {
    access,
    client: createClient(access, undefined, { parse: (json) => parseEntry(json, texts) }),
    texts,
  }
}

const parseEntry = (json: string, texts: WeakMap<Json, string>): unknown => {
  const entry: unknown = JSON.parse(json)
  const text = isObject(entry) && isObject(entry.resource) ? memberText(json, 'resource') : undefined
  if (isObject(entry) && isObject(entry.resource) && text !== undefined) texts.set(entry.resource, text)
  return entry
}
