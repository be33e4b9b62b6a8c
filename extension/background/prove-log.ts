import { readsWhole } from '../auth/scopes.ts'
import type { Sessions } from '../auth/session.ts'
import { checkLog, type LogResult } from '../fhir/check-log.ts'
import type { ListingEnd } from '../fhir/entry-counts.ts'
import type { Json } from '../fhir/resource.ts'
import { type Problem, toProblem } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import { keepProofAlarm } from './log-alarms.ts'

export interface ReadPage {
  /** Undefined for the first. */
  address: string | undefined
  /** Only some of what may be seen was asked for: nothing that is not among it is missing. */
  filtered: boolean
  /** AuditEvents as they are shown. */
  events: Json[]
  next?: string
  warning?: Problem
  /** How the page before it ended. */
  before: ListingEnd | undefined
}

/**
 * Proves a page of the access log against the checkpoint that this browser kept of it, and keeps the newer one. What does
 * not hold is on the toolbar from then on, whoever still waits for the verdict. Never throws.
 */
export const proveLog = async (
  sessions: Sessions,
  connectionId: string,
  page: ReadPage,
): Promise<LogResult> => {
  try {
    const result = await check(sessions, connectionId, page)
    await keepProofAlarm(connectionId, page.address ?? '', result.proof)
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
    const kept = (await items.checkpoints.get())[providerId]
    if (!log)
      return {
        proof: kept
          ? { outcome: 'alarm', reason: 'withdrawn', since: kept.keptAt }
          : { outcome: 'unprovable' },
      } as const
    const whole = !page.filtered && readsWhole(session.scope, 'AuditEvent')
    const patient = whole ? session.patient?.id : undefined
    const result = await checkLog(log, {
      kept,
      events: page.events,
      listing: patient === undefined ? undefined : { patient, before: page.before, last: isLast(page) },
      now: Date.now(),
    })
    const { keep } = result
    if (keep) await items.checkpoints.update((all) => ({ ...all, [providerId]: keep }))
    return result
  })
}

export const isLast = ({ next, warning }: Pick<ReadPage, 'next' | 'warning'>): boolean =>
  next === undefined && warning === undefined
