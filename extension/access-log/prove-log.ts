import { readsAll } from '../auth/scopes.ts'
import type { Sessions } from '../auth/session.ts'
import type { Json } from '../fhir/resource.ts'
import { type Problem, toProblem } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import { checkLog, type LogResult } from './check-log.ts'
import type { ListingEnd } from './entry-counts.ts'
import { addKnown, type EntryAdditions, type KnownEntries } from './known-entries.ts'
import { keepProofAlarm } from './log-alarms.ts'
import { judgeSmaller, keepFork } from './log-forks.ts'
import type { EventTexts } from './log-leaf.ts'

interface ReadPage {
  /** Its address, or the filter of a filtered first page; undefined for the first page without a filter. */
  address: string | undefined
  /** Set if the request had a filter: then an entry that is not listed is not missing. */
  filtered: boolean
  /** AuditEvents as they are shown. */
  events: Json[]
  texts: EventTexts
  next?: string
  warning?: Problem
  /** The end of the page before this one. */
  before: ListingEnd | undefined
  /** The known entries as they were before this page was read, because another look may have added more since. */
  known: KnownEntries | undefined
}

/**
 * Proves a page of the access log against the checkpoint that this browser kept, and keeps the newer one. A failure goes on the
 * toolbar even if nobody waits for the verdict any more. Never throws.
 */
export const proveLog = async (
  sessions: Sessions,
  connectionId: string,
  page: ReadPage,
): Promise<LogResult> => {
  try {
    const result = await check(sessions, connectionId, page)
    const keeping = keepProofAlarm(connectionId, page.address ?? '', result.proof)
    // If storage is too full for the alarm, the page still reports it.
    await (result.proof.outcome === 'alarm' ? keeping.catch(() => undefined) : keeping)
    return result
  } catch (error) {
    return { proof: { outcome: 'unchecked', problem: toProblem(error) } }
  }
}

const check = async (sessions: Sessions, connectionId: string, page: ReadPage): Promise<LogResult> => {
  const session = await sessions.find(connectionId)
  if (!session) return { proof: { outcome: 'unchecked', problem: { code: 'signed-out' } } }
  const { providerId } = session
  const log = await sessions.accessLog(connectionId)
  // One at a time: two answers that continue the same checkpoint need not continue each other.
  return navigator.locks.request(`access-log:${providerId}`, async () => {
    const checkpoint = await items.checkpoints.find(providerId)
    if (!log)
      return {
        proof: checkpoint
          ? { outcome: 'alarm', reason: 'withdrawn', since: checkpoint.keptAt }
          : { outcome: 'unprovable' },
      } as const
    const isWhole = !page.filtered && readsAll(session.scope, 'AuditEvent')
    const patient = isWhole ? session.patient?.id : undefined
    const result = await checkLog(log, {
      kept: checkpoint,
      events: page.events,
      texts: page.texts,
      listing:
        patient === undefined
          ? undefined
          : {
              patient,
              first: page.address === undefined,
              before: page.before,
              last: isLast(page),
              known: page.known,
            },
      now: Date.now(),
    })
    const { keep, additions, otherNote } = result
    if (checkpoint && otherNote !== undefined)
      await keepFork(providerId, {
        key: checkpoint.key,
        kept: checkpoint.note,
        other: otherNote,
        smaller: result.proof.outcome === 'alarm' && result.proof.reason === 'shrank',
      }).catch(() => undefined)
    if (keep) await judgeSmaller(providerId, log, keep)
    if (keep) await items.checkpoints.put(providerId, keep)
    if (additions) await keepKnown(connectionId, additions)
    return result
  })
}

const keepKnown = async (connectionId: string, additions: EntryAdditions): Promise<void> => {
  const knownEntries = addKnown(await items.knownEntries.find(connectionId), additions)
  // The connection may have been removed before the verdict came. Then nothing about it is stored.
  await items.knownEntries.put(connectionId, knownEntries)
  if (!(await items.connections.has(connectionId))) await items.knownEntries.delete(connectionId)
}

export const isLast = ({ next, warning }: Pick<ReadPage, 'next' | 'warning'>): boolean =>
  next === undefined && warning === undefined
