import type { AuditEvent } from '@medplum/fhirtypes'
import { openEvents } from '../audit/entry/stored-event.ts'
import type { EntryView } from '../pages/account/log-page.ts'
import { applicationName } from '../pages/frame/layout.ts'
import { day, type Locale, wordFor } from '../pages/frame/locale.ts'
import type { Store } from '../store/store.ts'

const PAGE = 50

interface LogPage {
  readonly entries: readonly EntryView[]
  readonly first: boolean
  readonly older?: string
}

/** Reads a page of the entries about a patient, newest first, and the start of the next page. @throws NotCanonical */
export const readLogPage = async (
  store: Pick<Store, 'db'>,
  patient: string,
  before: number | undefined,
  locale: Locale,
): Promise<LogPage> => {
  const rows = await store.db
    .selectFrom('audit_event')
    .leftJoin('audit_erasure', 'audit_erasure.seq', 'audit_event.seq')
    .leftJoin('audit_event as erasure', 'erasure.seq', 'audit_erasure.erasure')
    .select(['audit_event.seq', 'audit_event.recorded', 'audit_event.subtype', 'audit_event.outcome'])
    .select(['audit_event.json', 'audit_event.salt', 'erasure.recorded as erasedAt'])
    .where('audit_event.patient', '=', patient)
    .$if(before !== undefined, (query) => query.where('audit_event.seq', '<', before ?? 0))
    .orderBy('audit_event.seq', 'desc')
    .limit(PAGE + 1)
    .execute()
  const pageRows = rows.slice(0, PAGE)
  const last = pageRows.at(-1)
  const entries: EntryView[] = []
  for await (const [row, event] of openEvents(pageRows)) entries.push(entryView(row, event, locale))
  return {
    entries,
    first: before === undefined,
    ...(last && rows.length > PAGE && { older: String(last.seq) }),
  }
}

interface LogRow {
  readonly recorded: number
  readonly subtype: string
  readonly outcome: string
  readonly json: string
  /** Null if the personal values were erased. */
  readonly salt: Uint8Array | null
  readonly erasedAt: number | null
}

const entryView = (row: LogRow, event: AuditEvent, locale: Locale): EntryView => {
  const { words } = locale
  const person = event.agent.find(({ type }) => type?.coding?.[0]?.code === 'IRCP')
  const name = person?.who?.display
  const client = event.agent.find(({ network }) => network?.type === '2')
  const application = client?.who?.identifier && client.who.display
  // A grant is changed on these pages alone; the entry names the application as well, so that it is found by it.
  const grantChange = hasDetail(event, 'change') && wordFor(words.log.changes.grant, row.subtype)
  const changed = application && grantChange ? grantChange(applicationName(application)) : undefined
  const isOnOwnPages = changed || (!application && client?.who?.display === event.source.observer.display)
  const isErased = row.salt === null
  const through = isErased
    ? undefined
    : isOnOwnPages
      ? words.log.onOwnPages
      : application && words.log.through(applicationName(application))
  const type = isErased ? undefined : typeOf(event)
  // If the token is named, and not whose it is, it may have been the person, or a thief.
  const stranger = client?.policy ? words.log.holder : words.log.somebody
  const nobody = row.subtype === 'erasure' ? words.log.administration : stranger
  const ending =
    DECIDING.includes(row.subtype) && event.outcomeDesc && wordFor(words.log.endings, event.outcomeDesc)
  const action = ending || changed || actionOf(row, event, locale)
  const isOwnDecision = ending && OWN_DECISIONS.includes(event.outcomeDesc)
  const namesType = row.subtype === 'read' || row.subtype === 'search'
  const reason = event.outcomeDesc && wordFor(words.log.reasons, event.outcomeDesc)
  return {
    at: row.recorded,
    who: isErased ? erasureNote(row, locale) : name === undefined ? nobody : applicationName(name),
    ...(through && { through }),
    what: namesType && type ? `${action}: ${wordFor(words.types, type) ?? type}` : action,
    ...(row.outcome !== '0' && !isOwnDecision && { mark: row.outcome === '4' ? 'refused' : 'failed' }),
    ...(reason && { reason }),
  }
}

const actionOf = ({ subtype }: LogRow, event: AuditEvent, { words }: Locale) => {
  if (subtype === 'token' && hasDetail(event, 'renewed')) return words.log.changes.renewed
  const change = subtype === 'account' && wordFor(words.log.changes.account, changeOf(event))
  return change || (wordFor(words.log.kinds, subtype) ?? words.log.kinds.other)
}

const hasDetail = ({ entity = [] }: AuditEvent, name: string): boolean =>
  entity.some(({ detail = [] }) => detail.some(({ type }) => type === name))

/** Kinds whose reason already says everything. */
const DECIDING: readonly string[] = ['sign-in', 'consent']

/** Reasons that do not count as a refusal, because the person decided so. */
const OWN_DECISIONS: readonly (string | undefined)[] = ['access_denied', 'not_this_person']

const erasureNote = ({ erasedAt }: LogRow, locale: Locale): string =>
  erasedAt === null ? locale.words.log.erased : locale.words.log.erasedOn(day(locale, erasedAt))

/** Returns what a change of an account was; empty in an erased entry. */
const changeOf = ({ entity = [] }: AuditEvent): string =>
  entity.flatMap(({ detail = [] }) => detail).find(({ type }) => type === 'change')?.valueString ?? ''

/** Returns the resource type that was read or searched for, from the entry's reference or query. */
const typeOf = ({ entity = [] }: AuditEvent): string | undefined => {
  const resource = entity.find(({ role }) => role?.code === '4')?.what?.reference
  const query = entity.find((each) => each.query !== undefined)?.query
  const text = resource ?? (query && Buffer.from(query, 'base64').toString())
  return text && /^[A-Z][A-Za-z]+/.exec(text)?.[0]
}
