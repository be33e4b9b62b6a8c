import { readsWhole } from '../auth/scopes.ts'
import type { Sessions } from '../auth/session.ts'
import { mostPages } from '../fhir/paging.ts'
import type { OwnRequest } from '../fhir/request-journal.ts'
import type { Json } from '../fhir/resource.ts'
import type { AccessEntry, AccessPage, LogVerdict } from '../messages/access-log.ts'
import type { LogFilter } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import type { OwnRequests } from '../storage/stored-log.ts'
import { type LoggedAccess, type LogPage, readAccessLog } from './access-log.ts'
import type { ListingEnd } from './entry-counts.ts'
import { keepMissingReads } from './log-alarms.ts'
import { keepNewAccesses, type Seen, seenOf } from './new-accesses.ts'
import { isWatched } from './next-looks.ts'
import { openRecord } from './open-record.ts'
import { requestsFor } from './own-requests.ts'
import { isLast, proveLog } from './prove-log.ts'
import { type Reconciled, type ReconciledEnd, reconcile } from './reconcile.ts'
import { isOwn, ofRecord, type Requester } from './requester.ts'

export interface Look {
  page: Omit<AccessPage, 'check'>
  /** Fetches and verifies the page's proofs. Never rejects. */
  prove: () => Promise<LogVerdict>
}

/** Where the next page is, and the state from which it continues. */
interface Place {
  address: string
  /** How many pages come before it. */
  number: number
  /** Accesses after this time are new. The first page sets it, so that entries seen meanwhile do not change it. */
  since: number
  end?: ListingEnd | undefined
  reconciled?: ReconciledEnd | undefined
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
  waiting?: AbortSignal,
): Promise<Look> => {
  // Throws if `next` is not JSON, so not from an earlier answer.
  const place = next === undefined ? undefined : (JSON.parse(next) as Place)
  const { access, client } = await openRecord(sessions, connectionId, 'log', waiting)
  const known = await items.knownEntries.find(connectionId)
  const number = place?.number ?? 0
  const log = cutAt(mostPages, number, await readAccessLog(client, access, place?.address, filter))
  const session = await sessions.find(connectionId)
  const connection = await items.connections.find(connectionId)
  if (!session || !connection) throw new ProblemError('signed-out')

  const requester = { ...session, subject: connection.subject, patient: session.patient?.id }
  const sent = await requestsFor(sessions.requests, connection)
  const isWhole = !filter && session.patient !== undefined && readsWhole(session.scope, 'AuditEvent')
  const own = isWhole ? sent.own : undefined
  const reconciled =
    own && holdAgainst(own, { log, others: sent.others, requester, before: place?.reconciled })
  const looked = await seenOf(connectionId, session.signedInAt)
  const { since } = place ?? looked
  const entries = log.entries.map((entry, at) =>
    judge(entry, log.events[at] ?? {}, {
      requester,
      foreign: reconciled?.foreign ?? [],
      seen: { since, ids: looked.ids },
    }),
  )

  const seen = place ? undefined : await items.logSeen.find(connectionId)
  if (own && reconciled) await keepMissing(connectionId, own, reconciled)
  if (!place && !filter && isWatched(connection, session))
    await keepNewAccesses(sessions, connectionId, entries, !isLast(log))

  const placeAfter = (end?: ListingEnd): { next?: string } =>
    log.next === undefined
      ? {}
      : {
          next: JSON.stringify({
            address: log.next,
            number: number + 1,
            since,
            end,
            reconciled: reconciled?.end,
          } satisfies Place),
        }
  return {
    page: {
      entries,
      ...placeAfter(),
      ...(log.warning && { warning: log.warning }),
      ...(reconciled && {
        own: {
          foreign: reconciled.foreign,
          missing: reconciled.missing.map(({ id, at, what }) => ({ id, at, what })),
        },
      }),
      ...(seen?.at !== undefined && { seen: { upTo: seen.upTo, at: seen.at } }),
    },
    prove: async () => {
      const { proof, end } = await proveLog(sessions, connectionId, {
        ...log,
        address: place?.address ?? (filter && JSON.stringify(filter)),
        filtered: filter !== undefined,
        before: place?.end,
        known,
      })
      return { proof, ...placeAfter(end) }
    },
  }
}

/** Ends a list after `most` pages, with a warning. */
const cutAt = (most: number, number: number, { next, ...log }: LogPage): LogPage =>
  next !== undefined && number + 1 >= most
    ? { ...log, warning: { code: 'list-too-long' } }
    : { ...log, ...(next !== undefined && { next }) }

interface Holding {
  log: LogPage
  others: readonly OwnRequest[]
  requester: Requester
  before: ReconciledEnd | undefined
}

const holdAgainst = (own: OwnRequests, { log, ...holding }: Holding): Reconciled =>
  reconcile({ ...holding, own, events: log.events, last: isLast(log), now: Date.now() })

const keepMissing = (connectionId: string, own: OwnRequests, { missing, found }: Reconciled): Promise<void> =>
  keepMissingReads(connectionId, {
    missing: missing.map(({ id }) => id),
    found,
    kept: own.requests.map(({ id }) => id),
  })

const judge = (
  entry: LoggedAccess,
  event: Json,
  by: { requester: Requester; foreign: readonly string[]; seen: Seen },
): AccessEntry => {
  const byOthers = by.foreign.includes(entry.id) || !isOwn(event, entry.kind, by.requester)
  const at = Date.parse(entry.recorded)
  // An entry dated in the future is later than everything seen until that time comes, so its id decides.
  const wasSeen = !(at > by.seen.since) || (at > Date.now() && by.seen.ids.includes(entry.id))
  const isNew = byOthers && ofRecord.has(entry.kind) && !wasSeen
  return { ...entry, byOthers, isNew }
}
