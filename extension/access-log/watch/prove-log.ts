import type { Sessions } from '../../auth/grant/session.ts'
import type { Json } from '../../fhir/resource.ts'
import { toProblem } from '../../messages/errors.ts'
import { items } from '../../storage/items.ts'
import { checkLog, type LogResult } from '../proof/check-log.ts'
import type { Listing } from '../proof/list-page.ts'
import type { EventTexts } from '../proof/log-leaf.ts'
import { judgeSmaller, keepFork } from './log-forks.ts'

interface ReadPage {
  /** AuditEvents as they are shown. */
  events: Json[]
  texts: EventTexts
  /** Set if the list is about one patient. */
  listing: Listing | undefined
}

/** Proves a page of the access log against the checkpoint that this browser kept, and keeps the newer one. Never throws. */
export const proveLog = async (
  sessions: Sessions,
  connectionId: string,
  page: ReadPage,
): Promise<LogResult> => {
  try {
    return await check(sessions, connectionId, page)
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
    const since = checkpoint && { since: checkpoint.keptAt }
    if (!log)
      return {
        proof: since ? { outcome: 'alarm', reason: 'withdrawn', ...since } : { outcome: 'unprovable' },
      }
    const result = await checkLog(log, { kept: checkpoint, ...page, now: Date.now() })
    const { keep, otherNote } = result
    if (checkpoint && otherNote !== undefined)
      await keepFork(providerId, {
        key: checkpoint.key,
        kept: checkpoint.note,
        other: otherNote,
        smaller: result.proof.outcome === 'alarm' && result.proof.reason === 'shrank',
      }).catch(() => undefined)
    if (keep) await judgeSmaller(providerId, log, keep)
    if (keep) await items.checkpoints.put(providerId, keep)
    return { ...result, ...since }
  })
}
