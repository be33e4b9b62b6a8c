import { readableName } from '../../../values/readable-name.ts'
import type { Client, Page, Parameters, RecordAccess } from '../../fhir/client.ts'
import { type Next, nextOf } from '../../fhir/paging.ts'
import { withoutVersion } from '../../fhir/reference.ts'
import { type Json, object, objects, resourcesOf, text, words } from '../../fhir/resource.ts'
import type { LogFilter } from '../../messages/administration.ts'
import { ProblemError } from '../../messages/errors.ts'
import type { AccessEntry, AccessKind, UnknownPerson } from '../../messages/log-entries.ts'
import { createTurns } from '../../net/long-work.ts'
import { entryIdOf, isErasedValue, recordedOf, wasErased } from '../proof/log-leaf.ts'
import { accessKindOf } from './kind-of-entry.ts'
import { logSearches } from './log-filter.ts'
import { agentKeysOf, isEndpoint, requestingPeople } from './requester.ts'
import { unknownPeople } from './unknown-people.ts'

/** A page of the log: its entries for display, and the AuditEvents that they were made from. */
export interface LogPage extends Next {
  entries: LoggedAccess[]
  events: Json[]
  /** The parts of the filter by whose name or number the organization knows nobody. */
  nobody?: UnknownPerson[]
}

/** An entry as its AuditEvent alone describes it. */
export type LoggedAccess = Omit<AccessEntry, 'by' | 'isNew'>

/** The most events that are read of one page; a request asks for 50. */
const mostEvents = 1000

/**
 * Reads a page of the access log, newest first, from the organization's AuditEvents (IHE BALP).
 *
 * @throws ProblemError when the log cannot be read, and what `logSearches` throws.
 */
export const readAccessLog = async (
  client: Client,
  access: RecordAccess,
  next: string | undefined,
  filter: LogFilter = {},
): Promise<LogPage> => {
  if (next !== undefined) return toLogPage(await client.follow(next), access)
  const { page, nobody } = await searchFirst(client, logSearches(filter))
  return { ...(await toLogPage(page, access)), ...(nobody.length > 0 && { nobody }) }
}

/**
 * Returns the page of the first search that finds an entry. If the organization refused one of the searches, an empty answer to
 * the others does not mean that there is no entry.
 */
const searchFirst = async (
  client: Client,
  searches: readonly Parameters[],
): Promise<{ page: Page; nobody: UnknownPerson[] }> => {
  const empty: Page[] = []
  const problems: ProblemError[] = []
  for (const parameters of searches)
    try {
      const page = await client.search('AuditEvent', { ...parameters, _sort: '-date', _count: '50' })
      if (resourcesOf(page.bundle, 'AuditEvent').length > 0) return { page, nobody: [] }
      empty.push(page)
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === 'bad-request')) throw error
      problems.push(error)
    }
  const [page] = empty
  if (page && problems.length === 0) return { page, nobody: unknownPeople(searches, empty) }
  throw problems[0] ?? new ProblemError('unexpected')
}

const toLogPage = async (page: Page, { fhirBase, signal }: RecordAccess): Promise<LogPage> => {
  const events = resourcesOf(page.bundle, 'AuditEvent')
  const giveWay = createTurns(signal)
  const valid: { entry: LoggedAccess; event: Json }[] = []
  for (const event of events.slice(0, mostEvents)) {
    await giveWay()
    const entry = toEntry(event)
    if (entry) valid.push({ entry, event })
  }
  return {
    entries: valid.map(({ entry }) => entry),
    events: valid.map(({ event }) => event),
    ...(events.length > mostEvents ? { warning: { code: 'list-too-long' } } : nextOf(page, fhirBase)),
  }
}

const toEntry = (event: Json): LoggedAccess | undefined => {
  const id = entryIdOf(event)
  const recorded = recordedOf(event)
  if (id === '' || recorded === '') return undefined
  const kind = accessKindOf(event)
  const erased = wasErased(event) && { erased: true as const }
  if (kind === 'refusals')
    return { id, recorded, kind, outcome: outcomeOf(event), ...erased, ...refusalsOf(event) }
  const { application, ...where } = applicationOf(event)
  const who = whoOf(event)
  const what = namedOf(event, kind) ?? whatOf(event)
  // Somebody tried to sign in through the application; the application itself did nothing wrong.
  const isFailedSignIn = kind === 'sign-in' && outcomeOf(event) !== 'success'
  return {
    id,
    recorded,
    kind,
    outcome: outcomeOf(event),
    ...endingOf(event, kind),
    ...(kind === 'register' && changeOf(event)),
    ...(kind === 'account' && accountChangeOf(event)),
    ...(kind === 'import' && importedOf(event)),
    ...(kind === 'consent' && consentOf(event)),
    ...(kind === 'token' && detailOf(event, 'renewed') !== undefined && { renewed: true as const }),
    ...(kind === 'revoke' && detailOf(event, 'change') === 'disconnect' && { disconnected: true as const }),
    ...(who === undefined && application && !isFailedSignIn
      ? { who: application, byItself: true as const }
      : { who: who ?? '' }),
    ...erased,
    ...(application && { application, ...where }),
    ...(!erased && agentKeysOf(event)),
    ...(what && { what }),
    ...patientOf(event),
  }
}

/**
 * Reads the network and the count of an entry about strangers: their requests of one minute from a network such as
 * `203.0.113.0/24`.
 */
const refusalsOf = (event: Json): Pick<LoggedAccess, 'who' | 'requests'> => {
  const networks = objects(event.agent).map(({ network }) => text(object(network).address))
  const requests = Number(detailOf(event, 'requests'))
  return {
    who: networks.find((address) => address !== undefined && NETWORK.test(address)) ?? '',
    ...(Number.isSafeInteger(requests) && requests > 0 && { requests }),
  }
}

const NETWORK = /^[0-9a-f.:]{2,39}\/\d{1,3}$/

/** Reads how many resources an import stored, new ones and replaced ones; nothing for an import that has only begun. */
const importedOf = (event: Json): Pick<LoggedAccess, 'imported'> => {
  const imported = Number(detailOf(event, 'created')) + Number(detailOf(event, 'replaced'))
  return Number.isSafeInteger(imported) && imported > 0 ? { imported } : {}
}

const detailOf = ({ entity }: Json, name: string): string | undefined => {
  const details = objects(entity).flatMap(({ detail }) => objects(detail))
  return text(details.find(({ type }) => type === name)?.valueString)
}

/** AuditEvent.outcome: 0 success, 4 minor failure (refused), 8 and 12 serious ones. */
const outcomeOf = ({ outcome }: Json): AccessEntry['outcome'] => {
  if (outcome === undefined || outcome === '0') return 'success'
  return outcome === '4' ? 'refused' : 'failed'
}

/** Reads why a consent or sign-in came to nothing, as a Carekey server logs it. */
const endingOf = (event: Json, kind: AccessKind): Pick<LoggedAccess, 'ending'> => {
  const ending = outcomeOf(event) === 'refused' && endings.get(`${kind} ${text(event.outcomeDesc)}`)
  return ending ? { ending } : {}
}

const endings = new Map<string, NonNullable<AccessEntry['ending']>>([
  ['consent access_denied', 'denied'],
  ['sign-in not_this_person', 'unfinished'],
  ['sign-in wrong_password', 'wrong-password'],
])

/**
 * Reads what a consent did. A Carekey server logs the scopes and the window of a new one; of a change, that it is one and what changed.
 */
const consentOf = (event: Json): Pick<LoggedAccess, 'consent'> => {
  const [hasScope, hasWindow] = ['scope', 'window'].map((name) => detailOf(event, name) !== undefined)
  if (outcomeOf(event) !== 'success' || !(hasScope || hasWindow)) return {}
  if (hasScope && hasWindow)
    return { consent: detailOf(event, 'change') === undefined ? 'allowed' : 'reduced' }
  return { consent: hasScope ? 'narrowed' : 'shortened' }
}

/** Returns the name of the person who acted: the first of those who requested the access, as in `byWhom`. */
const whoOf = (event: Json): string | undefined => nameOf(object(requestingPeople(event)[0]?.who))

/** Returns the name of the application. For an access on the organization's own pages, returns the organization's name. */
const applicationOf = ({ agent, source }: Json): Pick<LoggedAccess, 'application' | 'onOwnPages'> => {
  const server = nameOf(object(object(source).observer))
  const endpoints = objects(agent).filter(isEndpoint)
  const names = endpoints.flatMap(({ who }) => nameOf(object(who)) ?? [])
  const application = names.find((name) => name !== server) ?? (names.length > 1 ? server : undefined)
  if (application === undefined) return {}
  // An application that took the organization's name still has an id.
  const hasId = endpoints.some(({ who }) => object(who).identifier !== undefined)
  return { application, ...(application === server && !hasId && { onOwnPages: true }) }
}

const nameOf = ({ display, reference, identifier }: Json): string | undefined => {
  const name = readable(display) ?? readable(reference) ?? readable(object(identifier).value)
  return name && readableName(name)
}

/** Returns a text for display; undefined for a value that was erased from the log. */
const readable = (value: unknown): string | undefined => {
  const trimmed = text(value)
  return trimmed !== undefined && isErasedValue(trimmed) ? undefined : words(trimmed)
}

const whatOf = ({ entity }: Json): string | undefined => {
  const entities = objects(entity)
  const query = entities.map((candidate) => decode(candidate.query)).find((value) => value !== undefined)
  if (query !== undefined) return query
  const resource =
    entities.find((candidate) => roleOf(candidate) === '4') ?? entities.find((c) => roleOf(c) === '1')
  return readable(object(resource?.what).reference)
}

/**
 * Returns the name and id of the application that was registered, changed or removed, or of the account whose password was tried in
 * vain.
 */
const namedOf = ({ entity }: Json, kind: AccessKind): string | undefined => {
  if (kind !== 'register' && kind !== 'sign-in') return undefined
  const named = objects(entity).find((candidate) => {
    const role = roleOf(candidate)
    return text(candidate.name) !== undefined && role === (kind === 'register' ? undefined : USER)
  })
  const [name, id] = [named?.name, object(object(named?.what).identifier).value].map(readable)
  return (
    name &&
    [readableName(name), id !== undefined && id !== name && `(${readableName(id)})`].filter(Boolean).join(' ')
  )
}

/** The role of a person as one who uses the system (object-role). */
const USER = '6'

const changeOf = (event: Json): Pick<LoggedAccess, 'change'> => {
  const word =
    detailOf(event, 'listed') === undefined ? detailOf(event, 'change')?.replace(/^client /, '') : 'listed'
  const change = changes.find((each) => each === word)
  return change ? { change } : {}
}

const changes = ['listed', 'edited', 'narrowed', 'secret', 'disabled', 'enabled', 'removed', 'keys'] as const

const accountChangeOf = (event: Json): Pick<LoggedAccess, 'accountChange'> => {
  const accountChange = accountChanges.find((each) => each === detailOf(event, 'change'))
  return accountChange ? { accountChange } : {}
}

const accountChanges = ['invite', 'disable', 'enable', 'reset', 'remove'] as const

/** Returns the id of the patient, and the name if the entry gives it, because the patient themselves acted. */
const patientOf = (event: Json): Pick<LoggedAccess, 'patient' | 'patientName'> => {
  const entity = objects(event.entity).find((candidate) => roleOf(candidate) === '1')
  const { reference } = object(entity?.what)
  const patient = withoutVersion(readable(reference) ?? '')
    .split('/')
    .at(-1)
  const ownName = requestingPeople(event)
    .map(({ who }) => object(who))
    .find((who) => who.reference === reference && text(who.display) !== undefined)
  const patientName = ownName && nameOf(ownName)
  return patient ? { patient, ...(patientName && { patientName }) } : {}
}

const roleOf = ({ role }: Json): unknown => object(role).code

const decode = (query: unknown): string | undefined => {
  try {
    const bytes = Uint8Array.from(atob(text(query) ?? ''), (character) => character.charCodeAt(0))
    return words(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
