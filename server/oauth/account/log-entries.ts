import type { AuditEvent } from '@medplum/fhirtypes'
import type { EntryShown } from '../../pages/access-log.ts'
import { type Locale, wordFor } from '../../pages/locale.ts'
import { applicationName } from '../../pages/own-page.ts'
import type { Store } from '../../store/store.ts'

const PAGE = 50

/** A page of the entries that concern a patient, newest first, and where the next one begins. */
export const logPage = async (
  store: Store,
  patient: string,
  before: number | undefined,
  locale: Locale,
): Promise<{ entries: EntryShown[]; first: boolean; older?: string }> => {
  const rows = await store.db
    .selectFrom('audit_event')
    .select(['seq', 'recorded', 'subtype', 'outcome', 'json'])
    .where('patient', '=', patient)
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    .limit(PAGE + 1)
    .execute()
  const shown = rows.slice(0, PAGE)
  const last = shown.at(-1)
  return {
    entries: shown.map((row) => entryShown(row, locale)),
    first: before === undefined,
    ...(last && rows.length > PAGE && { older: String(last.seq) }),
  }
}

const entryShown = (
  row: { recorded: number; subtype: string; outcome: string; json: string },
  { words }: Locale,
): EntryShown => {
  const event = JSON.parse(row.json) as AuditEvent
  const person = event.agent.find(({ type }) => type?.coding?.[0]?.code === 'IRCP')
  const client = event.agent.find(({ network }) => network?.type === '2')
  const application = client?.who?.identifier && client.who.display
  const through = application
    ? words.log.through(applicationName(application))
    : person && words.log.onOwnPages
  const type = typeOf(event)
  const done = wordFor(words.log.kinds, row.subtype) ?? words.log.kinds.other
  const about = row.subtype === 'read' || row.subtype === 'search'
  const reason = event.outcomeDesc && wordFor(words.log.reasons, event.outcomeDesc)
  return {
    at: row.recorded,
    who: person?.who?.display ?? words.log.somebody,
    ...(through && { through }),
    what: about && type ? `${done}: ${wordFor(words.types, type) ?? type}` : done,
    outcome: row.outcome === '0' ? 'success' : row.outcome === '4' ? 'refused' : 'failed',
    ...(reason && { reason }),
  }
}

/** The type that was read or searched for: of the resource, or of the search as it was asked. */
const typeOf = ({ entity = [] }: AuditEvent): string | undefined => {
  const resource = entity.find(({ role }) => role?.code === '4')?.what?.reference
  const query = entity.find((each) => each.query !== undefined)?.query
  const asked = resource ?? (query && Buffer.from(query, 'base64').toString())
  return asked && /^[A-Z][A-Za-z]+/.exec(asked)?.[0]
}
