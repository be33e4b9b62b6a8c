import { givesAway } from '../../../values/access-kinds.ts'
import type { Sessions } from '../../auth/grant/session.ts'
import type { LogFilter } from '../../messages/administration.ts'
import { type Problem, ProblemError, toProblem } from '../../messages/errors.ts'
import type { AccessEntry, AccessPage, LogProof, LogVerdict } from '../../messages/log-entries.ts'
import { items, type Session, type StoredConnection } from '../../storage/items.ts'
import type { OwnRequest, StoredKnownLog } from '../../storage/stored-log.ts'
import { digestOf } from '../../storage/vault.ts'
import { type LoggedAccess, type LogPage, readAccessLog } from '../entries/read-entries.ts'
import { byWhom, type Requester } from '../entries/requester.ts'
import { cutOff, isTooMuch, type LogPosition, type Spent, spentAfter } from '../own/log-position.ts'
import { openLog } from '../own/open-record.ts'
import { areOfBrowser, matchOwnEntries } from '../own/own-entries.ts'
import { type OwnRequests, requestsFor } from '../own/own-requests.ts'
import { isAnnounced, judgeSignIns } from '../own/own-sign-ins.ts'
import type { PageRead } from '../own/page-read.ts'
import { type Reconciliation, reconcile } from '../own/reconcile.ts'
import { beginShown } from '../proof/entry-counts.ts'
import { digestTexts } from '../proof/log-leaf.ts'
import { isUnseen, newOn } from './find-new.ts'
import { beginKnownLog, readPage } from './known-log.ts'
import { changeKnownLog, findKnownLogs, knownOverOthers } from './known-logs.ts'
import { withLostReads, withMissingReads } from './missing-reads.ts'
import { coversLog, isWatched, ownersOf, scheduleNextLook, scopesOfPart } from './next-looks.ts'
import { proveLog } from './prove-log.ts'

interface Look {
  page: Omit<AccessPage, 'check'>
  /** Fetches and verifies the page's proofs, and stores what is known now. Never rejects. */
  prove: () => Promise<{ verdict: LogVerdict; owed?: Owed }>
}

/** Entries between this page and those that were known before were not read yet. */
export interface Owed {
  /** The position after this page. */
  next: string
  spent: Spent
}

const fullStorage: Problem = { code: 'storage-full' }

interface ListPlace {
  next?: string | undefined
  filter?: LogFilter | undefined
  /** Replaces what `next` says. */
  spent?: Spent | undefined
}

/**
 * Reads a page of a connection's access log, compares it with the reads that this browser sent, and returns the function that
 * proves it and adds it to what is known.
 *
 * @throws ProblemError when the log cannot be read.
 */
export const lookAtLog = async (
  sessions: Sessions,
  connectionId: string,
  { next, filter, spent: spentBefore }: ListPlace = {},
  signal?: AbortSignal,
): Promise<Look> => {
  // Throws if `next` is not JSON, because then it is not from an earlier answer.
  const position = next === undefined ? undefined : (JSON.parse(next) as LogPosition)
  const { access, client, texts } = await openLog(sessions, connectionId, signal)
  const readAt = Date.now()
  // The clock may have been set back since the first page.
  const beganAt = Math.min(position?.beganAt ?? readAt, readAt)
  // As it was before the page was read, because another look may add more meanwhile.
  const { [connectionId]: stored } = await findKnownLogs()
  const log = await readAccessLog(client, access, position?.address, filter)
  const session = await sessions.find(connectionId)
  const connection = await items.connections.find(connectionId)
  if (!session || !connection) throw new ProblemError('signed-out')

  const journaled = await requestsFor(sessions.requests, connection)
  const connections = Object.values(await items.connections.get())
  const former = knownOverOthers(connection, connections, await findKnownLogs())
  const begin = (before?: StoredKnownLog) =>
    before ?? former ?? beginKnownLog(firstSignIn(session, journaled))
  const known = begin(stored ?? (await changeKnownLog(connectionId, begin)))
  const requests = withMissing(journaled, known.missingReads)
  const why = whyNotComplete(session, filter)
  const scopes = scopesOfPart(session)
  // A hash, because an organization chooses how long its scopes are; and, below, its addresses.
  const part = scopes === undefined ? undefined : await digestOf(scopes)
  const isFirst = !position && !filter
  const isLast = log.next === undefined && log.warning === undefined
  const [owner = connection] = ownersOf(connection, connections)
  // Who an access was by is compared with the patient; what this browser read, with whoever signed in.
  const requester = requesterOf(owner, session)
  const reader = requesterOf(connection, session)
  const digests = await digestTexts(log.events, access.signal)
  const {
    entries: judged,
    reconciled,
    signIns,
    ownReads,
  } = judge(log, requests, {
    ...{ requester, reader, isWhole: why === undefined, isFirst, isLast, position, beganAt },
  })
  const entries = judged.map((entry, place) => ({
    ...entry,
    text: digests.get(log.events[place] ?? {}) ?? '',
  }))
  const begun = { below: position?.shown.tail.at(-1)?.[0] }
  const spent = spentAfter(spentBefore ?? position?.spent ?? begun, entries.length)
  const isSpent = log.next === undefined || isTooMuch(spent)
  const newestAt =
    position?.newestAt ?? Math.min(Date.now(), Math.max(0, ...entries.map(({ at }) => at || 0)))
  const positionAfter = (state: Pick<LogPosition, 'shown' | 'isCut' | 'spent'>): { next?: string } =>
    log.next === undefined
      ? {}
      : {
          next: JSON.stringify({
            address: log.next,
            newestAt,
            beganAt,
            part,
            reconciled: reconciled?.end,
            signIns,
            ...state,
          } satisfies LogPosition),
        }

  return {
    page: {
      readAt,
      entries: entries.map(({ at, isNews, isErasure: _, text, ...entry }) => ({
        ...entry,
        isNew:
          isNews &&
          (isUnseen(known, { id: entry.id, at, text }) || known.fresh.some(({ id }) => id === entry.id)),
      })),
      ...positionAfter(cutOff),
      ...(log.warning && { warning: log.warning }),
      ...(log.nobody && { nobody: log.nobody }),
      ...(reconciled && {
        own: {
          foreign: reconciled.foreign,
          missing: missingOf(reconciled, isFirst ? known.missingReads : []).map(({ id, at, what }) => ({
            id,
            at,
            what,
          })),
        },
      }),
      ...(isFirst &&
        known.seen.at !== undefined && {
          seen: { upTo: new Date(known.seen.upTo).toISOString(), at: known.seen.at },
        }),
    },
    prove: async () => {
      const { patient } = session
      const result = await proveLog(sessions, connectionId, {
        events: log.events,
        texts,
        listing: patient && {
          patient: patient.id,
          isWhole: why === undefined,
          last: isLast,
          shown: position?.shown ?? beginShown(known),
          known,
        },
      })
      const isOwnLog = !filter && isWatched(connection, session)
      const isCut = position !== undefined && (position.isCut || position.part !== part)
      const state =
        result.proof.outcome === 'proven' ? { shown: result.listed?.shown ?? beginShown(), isCut } : cutOff
      const page: PageRead = {
        ...{ part, isFirst, isLast, isCut, isSpent, spent, why, entries, newestAt, readAt, result },
        isWatched: isOwnLog,
        name: isFirst || isOwnLog ? '' : await digestOf(position?.address ?? JSON.stringify(filter)),
        ...positionAfter(state),
      }
      let read = readPage(known, page)
      const problem = await changeKnownLog(connectionId, (current = known) => {
        read = readPage(ownReads ? withLostReads(current, ownReads) : current, page)
        return ownReads ? withMissingReads(read, ownReads, page) : read.known
      }).then(async () => ((await items.unstoredLogs.has(connectionId)) ? fullStorage : undefined), toProblem)
      // The page reports an alarm even if there is no room for it.
      const proof: LogProof =
        problem && read.proof.outcome !== 'alarm' ? { outcome: 'unchecked', problem } : read.proof
      const isOwed = page.isWatched && !read.isReached
      const readsOn = page.isWatched && !isSpent && !(read.isReached && read.hasFresh)
      const after = positionAfter({ ...state, spent: isSpent ? undefined : spent })
      const isDone = !isOwed && proof.outcome !== 'unchecked' && !isWithheld(proof)
      if (page.isWatched)
        await scheduleNextLook(connectionId, isDone ? 'usual' : 'afterFailure').catch(() => undefined)
      const top = isFirst ? result.listed?.shown?.top : undefined
      return {
        verdict: {
          proof,
          ...after,
          ...(readsOn && { readsOn }),
          ...(read.isReached && read.hasFresh && { isRead: true as const }),
          ...(page.isWatched && { newIds: newOn(page, known).map(({ id }) => id) }),
          ...(top && { top }),
        },
        ...(isOwed &&
          !isSpent &&
          after.next !== undefined && {
            owed: {
              next: after.next,
              spent,
            },
          }),
      }
    },
  }
}

/** The entries of a page with whose they are, and the comparison with what this browser did. */
const judge = (
  { events, entries }: LogPage,
  requests: OwnRequests,
  context: {
    requester: Requester
    reader: Requester
    isWhole: boolean
    isFirst: boolean
    isLast: boolean
    position?: LogPosition | undefined
    beganAt: number
  },
) => {
  const { own, others, signIns, since } = requests
  const { requester, reader, isWhole, isFirst, isLast, position, beganAt } = context
  const reconciled =
    isWhole && own
      ? reconcile({
          ...{ events, own, others, requester: reader, before: position?.reconciled, last: isLast },
          beganAt,
        })
      : undefined
  const matched =
    reconciled?.matched ?? matchOwnEntries(events, [...others, ...(own?.requests ?? [])], reader)
  const ofBrowser = areOfBrowser(events, entries, { requester: reader, matched, isNewest: isFirst, since })
  const { judgements, counts } = judgeSignIns(events, entries, {
    signIns,
    requester,
    before: position?.signIns,
  })
  const byOf = (entry: LoggedAccess, place: number): AccessEntry['by'] => {
    const person = byWhom(events[place] ?? {}, entry, requester)
    if (person === 'others' || person === 'unsure') return person
    if (reconciled?.foreign.includes(entry.id)) return 'elsewhere'
    const signIn = judgements.get(place)
    if (signIn === 'other' && Date.parse(entry.recorded) >= since) return 'elsewhere'
    const isOwn = signIn === undefined ? ofBrowser[place] : signIn === 'own'
    return person === 'you' && !isOwn ? 'unsure' : person
  }
  return {
    entries: entries.map((entry, place) => {
      const by = byOf(entry, place)
      const isErasure = entry.kind === 'erasure'
      const isOfOthers = by === 'others' && givesAway(entry.kind)
      const isSignIn = isAnnounced(entry) && (by === 'elsewhere' || (by !== 'you' && judgements.has(place)))
      const isNews = isOfOthers || isSignIn || isErasure
      return { ...entry, by, at: Date.parse(entry.recorded), isNews, ...(isErasure && { isErasure }) }
    }),
    reconciled,
    signIns: counts,
    ownReads: reconciled &&
      own && {
        ...{ missing: reconciled.missing, found: reconciled.found, names: reconciled.end.names },
        ...{ sent: own.requests, lost: own.lost, beganAt },
      },
  }
}

/** Returns when the person signed in: by the organization's clock, if it told the time. */
const firstSignIn = ({ signedInAt }: Session, { signIns }: OwnRequests): number => {
  const servedAt = signIns.find(({ at, until = 0 }) => at <= signedInAt && signedInAt <= until)?.servedAt
  return Math.min(signedInAt, servedAt ?? signedInAt)
}

/** Adds the missing reads that the journal has no more, because their entries may still come. */
const withMissing = (requests: OwnRequests, missing: readonly OwnRequest[]): OwnRequests => {
  const { own } = requests
  const isJournaled = new Set(own?.requests.map(({ id }) => id))
  const gone = missing.filter(({ id }) => !isJournaled.has(id))
  return own ? { ...requests, own: { ...own, requests: [...gone, ...own.requests] } } : requests
}

/** Returns the reads that a page lacks, and on the first one those that earlier looks found missing. */
const missingOf = ({ missing, found }: Reconciliation, before: readonly OwnRequest[]): OwnRequest[] => [
  ...missing,
  ...before.filter(({ id }) => !found.includes(id) && !missing.some((request) => request.id === id)),
]

const requesterOf = (
  { subject, issuer, fhirBase, fhirUser }: StoredConnection,
  { clientId, patient }: Session,
): Requester => ({
  clientId,
  subject,
  issuer,
  fhirBase,
  fhirUser,
  patient: patient?.id,
})

const whyNotComplete = (session: Session, filter: LogFilter | undefined): PageRead['why'] => {
  if (filter) return 'filter'
  if (!session.patient) return 'patients'
  return coversLog(session) ? undefined : 'scope'
}

const isWithheld = (proof: LogProof): boolean => proof.outcome === 'alarm' && proof.reason === 'withheld'
