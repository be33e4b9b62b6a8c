import { readsAll } from '../auth/scopes.ts'
import type { Sessions } from '../auth/session.ts'
import { mostPages } from '../fhir/paging.ts'
import type { OwnRequest } from '../fhir/request-journal.ts'
import type { Json } from '../fhir/resource.ts'
import type { AccessEntry, AccessPage, LogVerdict } from '../messages/access-log.ts'
import type { LogFilter } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import type { StoredJournal } from '../storage/stored-log.ts'
import { type LoggedAccess, type LogPage, readAccessLog } from './access-log.ts'
import type { ListingEnd } from './entry-counts.ts'
import { keepMissingReads } from './log-alarms.ts'
import { findSeen, keepNewAccesses, type SeenMark } from './new-accesses.ts'
import { isWatched } from './next-looks.ts'
import { openLog } from './open-record.ts'
import { areOfBrowser, matchOwnEntries } from './own-entries.ts'
import { requestsFor } from './own-requests.ts'
import { isLast, proveLog } from './prove-log.ts'
import { type Reconciliation, type ReconciliationEnd, reconcile } from './reconcile.ts'
import { byWhom, type Requester, recordKinds } from './requester.ts'

interface Look {
  page: Omit<AccessPage, 'check'>
  /** Fetches and verifies the page's proofs. Never rejects. */
  prove: () => Promise<LogVerdict>
}

/** Where the next page is, and the state from which it continues. */
interface LogPosition {
  address: string
  /** How many pages come before it. */
  number: number
  /**
   * Accesses after this time are new. The first page sets it for all pages, so that marking entries as seen meanwhile does not
   * change it.
   */
  since: number
  end?: ListingEnd | undefined
  reconciled?: ReconciliationEnd | undefined
}

/**
 * Reads a page of a connection's access log, compares it with the reads that this browser sent, and returns the function that
 * proves it. The first page of a person's own log also updates the new accesses.
 *
 * @throws ProblemError when the log cannot be read.
 */
export const lookAtLog = async (
  sessions: Sessions,
  connectionId: string,
  { next, filter }: { next?: string | undefined; filter?: LogFilter | undefined } = {},
  signal?: AbortSignal,
): Promise<Look> => {
  // Throws if `next` is not JSON, because then it is not from an earlier answer.
  const place = next === undefined ? undefined : (JSON.parse(next) as LogPosition)
  const { access, client, texts } = await openLog(sessions, connectionId, signal)
  const knownEntries = await items.knownEntries.find(connectionId)
  const pageNumber = place?.number ?? 0
  const log = cutAfter(mostPages, pageNumber, await readAccessLog(client, access, place?.address, filter))
  const session = await sessions.find(connectionId)
  const connection = await items.connections.find(connectionId)
  if (!session || !connection) throw new ProblemError('signed-out')

  const { clientId, patient } = session
  const { subject, issuer, fhirBase, fhirUser, person } = connection
  const isPatient = person.role === 'patient'
  const requester = {
    clientId,
    subject,
    issuer,
    fhirBase,
    fhirUser,
    // Without a fhirUser nothing says that the person is somebody else than the patient.
    patient: isPatient || fhirUser === undefined ? patient?.id : undefined,
  }
  const requests = await requestsFor(sessions.requests, connection)
  const isWhole = !filter && session.patient !== undefined && readsAll(session.scope, 'AuditEvent')
  const own = isWhole ? requests.own : undefined
  const reconciled =
    own && compareWithJournal(own, { log, others: requests.others, requester, before: place?.reconciled })
  const seenBefore = await findSeen(connectionId, session.signedInAt)
  const { since } = place ?? seenBefore
  const entriesOfBrowser =
    reconciled?.matched ??
    matchOwnEntries(log.events, [...requests.others, ...(requests.own?.requests ?? [])], requester)
  const ofBrowser = areOfBrowser(log.events, log.entries, {
    requester,
    matched: entriesOfBrowser,
    isNewest: !place && !filter,
    since: requests.since,
  })
  const entries = log.entries.map((entry, at) =>
    markEntry(entry, log.events[at] ?? {}, {
      requester,
      isForeign: reconciled?.foreign.includes(entry.id) === true,
      isOfBrowser: ofBrowser[at] === true,
      seen: { since, ids: seenBefore.ids },
    }),
  )

  const logSeen = place ? undefined : await items.logSeen.find(connectionId)
  if (own && reconciled) await storeMissing(connectionId, own, reconciled)
  if (!place && !filter && isWatched(connection, session))
    await keepNewAccesses(sessions, connectionId, entries, !isLast(log))

  const nextPosition = (end?: ListingEnd): { next?: string } =>
    log.next === undefined
      ? {}
      : {
          next: JSON.stringify({
            address: log.next,
            number: pageNumber + 1,
            since,
            end,
            reconciled: reconciled?.end,
          } satisfies LogPosition),
        }
  return {
    page: {
      readAt: Date.now(),
      entries,
      ...nextPosition(),
      ...(log.warning && { warning: log.warning }),
      ...(log.nobody && { nobody: log.nobody }),
      ...(reconciled && {
        own: {
          foreign: reconciled.foreign,
          missing: reconciled.missing.map(({ id, at, what }) => ({ id, at, what })),
        },
      }),
      ...(logSeen?.at !== undefined && { seen: { upTo: logSeen.upTo, at: logSeen.at } }),
    },
    prove: async () => {
      const { proof, end } = await proveLog(sessions, connectionId, {
        ...log,
        texts,
        address: place?.address ?? (filter && JSON.stringify(filter)),
        filtered: filter !== undefined,
        before: place?.end,
        known: knownEntries,
      })
      return { proof, ...nextPosition(end) }
    },
  }
}

/** Ends a list after `most` pages, with a warning. */
const cutAfter = (most: number, number: number, { next, ...log }: LogPage): LogPage =>
  next !== undefined && number + 1 >= most
    ? { ...log, warning: { code: 'list-too-long' } }
    : { ...log, ...(next !== undefined && { next }) }

interface JournalComparison {
  log: LogPage
  others: readonly OwnRequest[]
  requester: Requester
  before: ReconciliationEnd | undefined
}

const compareWithJournal = (own: StoredJournal, { log, ...comparison }: JournalComparison): Reconciliation =>
  reconcile({ ...comparison, own, events: log.events, last: isLast(log), now: Date.now() })

const storeMissing = (
  connectionId: string,
  own: StoredJournal,
  { missing, found }: Reconciliation,
): Promise<void> =>
  keepMissingReads(connectionId, {
    missing: missing.map(({ id }) => id),
    found,
    journaled: own.requests.map(({ id }) => id),
  })

const markEntry = (
  entry: LoggedAccess,
  event: Json,
  against: { requester: Requester; isForeign: boolean; isOfBrowser: boolean; seen: SeenMark },
): AccessEntry => {
  const person = against.isForeign ? 'elsewhere' : byWhom(event, entry, against.requester)
  const by = person === 'you' && !against.isOfBrowser ? 'unsure' : person
  const at = Date.parse(entry.recorded)
  // An entry dated in the future counts as later than everything seen until that time comes, so only its id tells whether it was
  // seen.
  const wasSeen = !(at > against.seen.since) || (at > Date.now() && against.seen.ids.includes(entry.id))
  const isNew = by === 'others' && recordKinds.has(entry.kind) && !wasSeen
  return { ...entry, by, isNew }
}
